"""What keeps the code readable for the next person, counted."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from zit_engine.settings import ROOT

PACKAGE = ROOT / "zit_engine"
FILES = sorted([*PACKAGE.rglob("*.py"), ROOT / "app.py"])
TREES = {path: ast.parse(path.read_text(encoding="utf-8")) for path in FILES}
MOST_LINES = 250
MOST_FUNCTION_LINES = 60
HANGUL = re.compile("[\u1100-\u11ff\u3130-\u318f\uac00-\ud7a3]")
# Making the pocket model is about words: the phrases of its captions are data in code there.
WORDLESS = [path for path in FILES if path.parent != PACKAGE / "pocket"]
HEAVY = {"torch", "diffusers", "transformers", "peft"}
each_file = pytest.mark.parametrize("path", FILES, ids=lambda path: str(path.relative_to(ROOT)))


def functions(tree: ast.AST) -> Iterator[ast.FunctionDef | ast.AsyncFunctionDef]:
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            yield node


def imported(path: Path) -> set[str]:
    """Top-level names of everything imported in `path`, wherever in the file."""
    found = set()
    for node in ast.walk(TREES[path]):
        if isinstance(node, ast.Import):
            found |= {alias.name.split(".")[0] for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"relative import in {path}"
            found.add((node.module or "").split(".")[0])
    return found


def docstrings(tree: ast.AST) -> set[int]:
    """ids of the nodes that are docstrings."""
    found = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef):
            first = node.body[0] if node.body else None
            if isinstance(first, ast.Expr) and isinstance(first.value, ast.Constant):
                found.add(id(first.value))
    return found


@each_file
def test_a_file_fits_in_a_readers_head(path):
    assert len(path.read_text(encoding="utf-8").splitlines()) <= MOST_LINES


@each_file
def test_a_function_fits_on_a_screen(path):
    long = {
        each.name: each.end_lineno - each.lineno + 1
        for each in functions(TREES[path])
        if each.end_lineno - each.lineno + 1 > MOST_FUNCTION_LINES
    }
    assert long == {}


def test_most_functions_are_short():
    lengths = sorted(
        each.end_lineno - each.lineno + 1 for tree in TREES.values() for each in functions(tree)
    )
    assert lengths[len(lengths) * 9 // 10] <= 25


@each_file
def test_a_module_says_what_it_is_for(path):
    assert ast.get_docstring(TREES[path])


@pytest.mark.parametrize("path", WORDLESS, ids=lambda path: str(path.relative_to(ROOT)))
def test_korean_lives_in_data_files(path):
    prose = docstrings(TREES[path])
    # As written: a range of letters given by its code points is no Korean text.
    source = path.read_text(encoding="utf-8")
    literals = [
        ast.get_source_segment(source, node) or ""
        for node in ast.walk(TREES[path])
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in prose
    ]
    assert [text for text in literals if HANGUL.search(text)] == []


@each_file
def test_nothing_unpickles_or_swallows_everything(path):
    text = path.read_text(encoding="utf-8")
    bare = [
        node.lineno
        for node in ast.walk(TREES[path])
        if isinstance(node, ast.ExceptHandler) and node.type is None
    ]
    assert bare == []
    assert not imported(path) & {"pickle", "cPickle", "dill", "shelve", "marshal"}
    assert "torch.load" not in text
    assert not re.search(r"\b(TODO|FIXME|XXX|HACK)\b", text)
    assert not re.search(r"^\s*print\(", text, re.M) or path.name in ("terminal.py", "__main__.py")


@each_file
def test_only_the_page_knows_gradio_and_only_the_engine_knows_torch(path):
    folder = path.relative_to(ROOT).parts[1] if path.is_relative_to(PACKAGE) else ""
    names = imported(path)
    assert "gradio" not in names or folder == "web"
    assert not names & HEAVY or folder in ("engine", "pocket", "bench")


@each_file
def test_only_settings_and_host_read_the_environment(path):
    allowed = {"host.py", "settings.py"}
    # ast, not text: docstrings may speak of os.environ.
    reads = [
        node.lineno
        for node in ast.walk(TREES[path])
        if isinstance(node, ast.Attribute)
        and node.attr in ("environ", "getenv")
        and isinstance(node.value, ast.Name)
        and node.value.id == "os"
        and isinstance(node.ctx, ast.Load)
    ]
    folder = path.relative_to(ROOT).parts[1] if path.is_relative_to(PACKAGE) else ""
    assert reads == [] or path.name in allowed or folder in ("engine", "pocket")


def test_no_file_is_a_drawer_for_everything():
    drawers = {"utils.py", "common.py", "helpers.py", "manager.py", "misc.py"}
    assert [path for path in FILES if path.name in drawers] == []
