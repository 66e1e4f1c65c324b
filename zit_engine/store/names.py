"""File names: made so that they say in Korean what is shown, and judged when they come in.

Comes in: prompt, titles, numbers, or a name. Goes out: a name, or whether it is safe. It knows
nothing of folders.
"""

import hashlib
import re
import unicodedata

MAX_NAME_CHARS = 80
# Linux allows 255 bytes; 200 leaves room for the " (1)" and ".crdownload" browsers add.
MAX_NAME_BYTES = 200
# The ending of files still being written.
PART = ".part"
# The one file in the folder of an owner's upload.
UPLOAD = "upload.png"
_MASTER = re.compile(r"\.m-[0-9a-f]{16}\.png", re.ASCII)
_JOB_ID = re.compile(r"[A-Za-z0-9_-]{1,64}", re.ASCII)
_TITLE_CHARS = 16
_EXTENSION = re.compile(r"[a-z0-9]{1,5}", re.ASCII)


def is_job_id(job_id: str) -> bool:
    """True for 1 to 64 plain letters, digits, - and _: what may be a folder's name."""
    return _JOB_ID.fullmatch(job_id) is not None


def is_safe_name(name: str) -> bool:
    """True for one plain, visible file name: no path, no hidden file, no control or direction
    characters, at most 80 characters and 200 bytes."""
    if not name or len(name) > MAX_NAME_CHARS or name.startswith(".") or name.endswith(PART):
        return False
    if any(letter in '/\\:*?"<>|' or unicodedata.category(letter)[0] == "C" for letter in name):
        return False
    return len(name.encode("utf-8")) <= MAX_NAME_BYTES


def master_name(name: str) -> str:
    """Where the painted original of the picture `name` lies, in the same folder: .m-<16 hex>.png.

    Hidden on purpose: `is_safe_name` refuses it, so no link can ever name it.
    """
    digest = hashlib.sha256(name.encode("utf-8", "surrogatepass")).hexdigest()
    return f".m-{digest[:16]}.png"


def is_master_name(name: str) -> bool:
    """True for what `master_name` makes."""
    return _MASTER.fullmatch(name) is not None


def file_name(
    prompt: str, style_title: str, channel_title: str, seed: int, index: int, extension: str
) -> str:
    """prompt_style_channel_seed.extension: letters, digits, - and _ only, at most 80 characters
    and 200 UTF-8 bytes.

    `index` counts the pictures of a job from 0; from 1 on it is part of the name, so names are
    unique inside a job. Ending in a number, no name is one Windows reserves (CON, COM1 …).
    Raises ValueError for an extension that is not a few lower-case letters or digits.
    """
    if not _EXTENSION.fullmatch(extension):
        raise ValueError(f"unusable extension {extension!r}")
    titles = [
        _shortened(_plain(title), _TITLE_CHARS, 200) for title in (style_title, channel_title)
    ]
    number = f"{seed}-{index + 1}" if index else str(seed)
    tail = "_".join(part for part in [*titles, number] if part)
    ending = f"{tail}.{extension}"
    chars = MAX_NAME_CHARS - len(ending) - 1
    room = MAX_NAME_BYTES - len(ending.encode("utf-8")) - 1
    subject = _shortened(_plain(prompt[:400]), chars, room)
    return f"{subject}_{ending}" if subject else ending


def _plain(text: str) -> str:
    """Letters and digits of any script, anything else between them as one hyphen."""
    composed = unicodedata.normalize("NFC", text)
    kept = "".join(letter if letter.isalnum() else "-" for letter in composed)
    return re.sub("-+", "-", kept).strip("-")


def _shortened(text: str, chars: int, room: int) -> str:
    """The start of `text` within `chars` characters and `room` UTF-8 bytes, at a word's end where
    that keeps at least half."""
    cut = text[: max(chars, 0)].encode("utf-8")[: max(room, 0)].decode("utf-8", "ignore")
    if len(cut) < len(text) and text[len(cut)] != "-":
        whole_words = cut.rpartition("-")[0]
        cut = whole_words if len(whole_words) * 2 >= len(cut) else cut
    return cut.strip("-")
