"""What setup.py compiles is what mypyc can compile without a change of meaning."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent


def compiled() -> list[str]:
    """The modules that setup.py names; it is read, since running it builds."""
    for node in ast.parse((ROOT / "setup.py").read_text("utf-8")).body:
        if isinstance(node, ast.Assign) and ast.unparse(node.targets[0]) == "COMPILED":
            paths: list[str] = ast.literal_eval(node.value)
            return paths
    raise AssertionError("setup.py has no COMPILED")


COMPILED = compiled()


def classes(path: str | Path) -> Iterator[ast.ClassDef]:
    for node in ast.walk(ast.parse((ROOT / path).read_text("utf-8"))):
        if isinstance(node, ast.ClassDef):
            yield node


def test_each_module_is_there_and_named_once_in_order() -> None:
    assert sorted(set(COMPILED)) == COMPILED
    assert [path for path in COMPILED if not (ROOT / path).is_file()] == []


@pytest.mark.parametrize("path", COMPILED)
def test_no_struct_is_compiled(path: str) -> None:
    # mypyc drops the keywords of a class, and with them what msgspec is told: frozen=True, gc=False.
    found = [
        node.name for node in classes(path) if node.keywords or any("Struct" in ast.unparse(b) for b in node.bases)
    ]
    assert found == []


@pytest.mark.parametrize("path", COMPILED)
def test_the_fields_of_a_tuple_are_of_classes_that_exist_before_it(path: str) -> None:
    # What mypyc compiles looks such classes up when it is imported, in spite of `from __future__ import annotations`,
    # and the process would crash.
    native = {node.name for module in COMPILED for node in classes(module)}
    there: set[str] = set()
    for node in ast.parse((ROOT / path).read_text("utf-8")).body:
        if isinstance(node, ast.ImportFrom):
            there.update(name.name for name in node.names)
        elif isinstance(node, ast.ClassDef):
            fields = (item.annotation for item in node.body if isinstance(item, ast.AnnAssign))
            named = {field.id for field in fields if isinstance(field, ast.Name)}
            if "NamedTuple" in map(ast.unparse, node.bases):
                assert (named & native) - there == set()
            there.add(node.name)


def test_no_rule_is_compiled() -> None:
    # The docstring is the help, and what mypyc compiles has none.
    families = {path.parent for path in (ROOT / "edi837" / "rules").glob("*/__init__.py")}
    assert [path for path in COMPILED if (ROOT / path).parent in families] == []


def test_what_derives_from_a_compiled_class_is_compiled() -> None:
    # Python code cannot derive from a native class: the program would fail with a TypeError.
    native = {
        node.name for path in COMPILED for node in classes(path) if "NamedTuple" not in map(ast.unparse, node.bases)
    }
    derived = [
        f"{path}: {node.name}"
        for path in sorted((ROOT / "edi837").rglob("*.py"))
        if str(path.relative_to(ROOT)) not in COMPILED
        for node in classes(path)
        if native & set(map(ast.unparse, node.bases))
    ]
    assert derived == []
