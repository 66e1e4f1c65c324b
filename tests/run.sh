#!/usr/bin/env bash
# Installs what the tests need and runs every check: bash tests/run.sh [--full]
# --full also runs the slow, complete counts. Needs Python 3.11 or newer; as root it installs
# Chromium, Korean fonts, ImageMagick and ExifTool by itself.
set -euo pipefail
cd "$(dirname "$0")/.."

python="${PYTHON:-python3}"
if [ ! -x .venv/bin/python ]; then
  "$python" -m venv .venv
fi
.venv/bin/python -m pip install --quiet --requirement requirements.txt --requirement tests/requirements.txt

if ! command -v chromium >/dev/null || ! command -v exiftool >/dev/null \
  || ! command -v identify >/dev/null || ! fc-list 2>/dev/null | grep -qi 'noto.*cjk'; then
  if [ "$(id -u)" -eq 0 ] && command -v apt-get >/dev/null; then
    apt-get update -qq
    DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends \
      chromium fontconfig fonts-noto-cjk imagemagick libimage-exiftool-perl >/dev/null
  elif ! command -v chromium >/dev/null || ! command -v exiftool >/dev/null \
    || ! command -v identify >/dev/null; then
    echo "The tests need Chromium, ImageMagick and ExifTool. Install them (Debian: apt install" >&2
    echo "chromium fonts-noto-cjk imagemagick libimage-exiftool-perl) and run this again." >&2
    exit 1
  fi
fi

exec .venv/bin/python -m tests.check "$@"
