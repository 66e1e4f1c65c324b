"""The parts of README.md that follow from the code: `python -m tests.readme` writes them."""

import ast
import re
from pathlib import Path

from zit_engine.settings import ROOT, setting_table

README = ROOT / "README.md"
HOME_DEFAULT = "~/.local/share/zit-engine"
_TOP = (
    ("app.py", "the server: STUDIO and demo, launched when run"),
    ("requirements.txt", "exactly what was tested together"),
    ("pyproject.toml", "settings of the checks, import directions"),
    ("assets/", "the embedded model, fonts, style cards, samples"),
    ("style_loras/", "catalogue.toml (styles as data) and the embedded model's adapters"),
    ("tests/", "mirrors zit_engine; run.sh installs and runs everything"),
    (".ci/run", "calls tests/run.sh"),
)


def settings_part() -> str:
    """The settings as a table, from the settings class."""
    rows = ["| name | default | meaning |", "|---|---|---|"]
    for name, default, meaning in setting_table():
        shown = HOME_DEFAULT if name == "ZIT_DATA_DIR" else default
        rows.append(f"| `{name}` | {f'`{shown}`' if shown else ''} | {meaning} |")
    return "\n".join(rows)


def tree_part() -> str:
    """Every file of zit_engine with the first sentence of its docstring."""
    lines = [f"{name:<30}{duty}" for name, duty in _TOP]
    lines.append("zit_engine/")
    for path in sorted((ROOT / "zit_engine").rglob("*.py"), key=_order):
        if path.name == "__init__.py" or "__pycache__" in path.parts:
            continue
        inside = path.relative_to(ROOT / "zit_engine")
        lines.append(f"  {str(inside):<28}{_duty(path)}")
    return "\n".join(["```", *lines, "```"])


def _order(path: Path) -> tuple[bool, str]:
    """Files of the package first, then its folders."""
    return path.parent != ROOT / "zit_engine", str(path)


def _duty(path: Path) -> str:
    docstring = ast.get_docstring(ast.parse(path.read_text(encoding="utf-8"))) or ""
    first = " ".join(docstring.split("\n\n")[0].split())
    return re.split(r"(?<=[a-z»)])[.:](?: |$)", first)[0]


def with_parts(text: str) -> str:
    """README text with both parts as the code says."""
    for name, part in (("settings", settings_part()), ("tree", tree_part())):
        pattern = re.compile(rf"(<!-- {name}:[^\n]*-->\n).*?(<!-- /{name} -->)", re.DOTALL)
        text = pattern.sub(lambda match, part=part: f"{match[1]}{part}\n{match[2]}", text)
    return text


if __name__ == "__main__":
    README.write_text(with_parts(README.read_text(encoding="utf-8")), encoding="utf-8")
