"""The laws of the layout: who may import whom, where the world may be touched, how long a module may be."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
MODULES = {
    ".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__"): path
    for path in sorted((ROOT / "edi837").rglob("*.py"))
}

# From the bottom to the top; a module may import from its own layer and from those before it.
LAYERS = (
    {"", "errors", "diagnostics", "model", "payments", "results"},
    {"x12"},
    {"claims", "remits"},
    {"reference", "settings", "rules"},
    {
        *("baseline", "suppression", "marking", "engine", "plan", "index", "tally", "check", "billed"),
        *("split", "denials", "tables"),
    },
    {"reporters", "conformance"},
    {"cli", "engines", "ledger", "http", "__main__"},
)
SHELLS = LAYERS[-1]
LEVEL = {part: level for level, layer in enumerate(LAYERS) for part in layer}

# What reads the world or writes to it; a name with a dot in front is a method of anything.
WORLD = {
    "open",
    "print",
    "input",
    "io.open",
    "os.environ",
    "os.getenv",
    "sys.stdin",
    "sys.stdout",
    "sys.stderr",
    "datetime.now",
    "datetime.today",
    "datetime.utcnow",
    "date.today",
    "time.time",
    "time.monotonic",
    "time.perf_counter",
    ".open",
    ".write_text",
    ".write_bytes",
}


def part(module: str) -> str:
    """The part of the package that a module belongs to: reporters for edi837.reporters.text."""
    return module.partition(".")[2].partition(".")[0]


def imports(tree: ast.AST) -> Iterator[str]:
    """The modules and names that a module imports when it runs: not those under TYPE_CHECKING."""
    for node in ast.iter_child_nodes(tree):
        if isinstance(node, ast.If) and ast.unparse(node.test).endswith("TYPE_CHECKING"):
            continue
        if isinstance(node, ast.Import):
            yield from (name.name for name in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, "imports name the whole module"
            assert node.module
            yield node.module
            # `from edi837 import settings` imports a module too.
            yield from (f"{node.module}.{name.name}" for name in node.names)
        yield from imports(node)


def uses(tree: ast.AST) -> Iterator[str]:
    """The names, and the attributes with what stands before them, that a module uses."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Name):
            yield node.id
        elif isinstance(node, ast.Attribute):
            yield f"{ast.unparse(node.value).rpartition('.')[2]}.{node.attr}"
            yield f".{node.attr}"


def parsed(module: str) -> ast.Module:
    return ast.parse(MODULES[module].read_text("utf-8"))


each_module = pytest.mark.parametrize("module", MODULES)


@each_module
def test_no_import_goes_up(module):
    own = LEVEL[part(module)]
    for name in imports(parsed(module)):
        if name.partition(".")[0] != "edi837":
            continue
        # A name that is no module is an attribute of the one before it.
        target = name if name in MODULES else name.rpartition(".")[0]
        assert LEVEL[part(target)] <= own, f"{module} imports {target}"


@each_module
def test_only_shells_touch_the_world(module):
    if part(module) not in SHELLS:
        assert not WORLD & set(uses(parsed(module)))


@each_module
def test_rules_know_no_segments(module):
    if part(module) == "rules":
        assert not {part(name) for name in imports(parsed(module)) if name.startswith("edi837.")} & {"x12", "claims"}


@each_module
def test_only_conformance_imports_pyx12(module):
    if part(module) != "conformance":
        assert "pyx12" not in {name.partition(".")[0] for name in imports(parsed(module))}


@each_module
def test_a_module_is_short_and_named_for_what_it_owns(module):
    text = MODULES[module].read_text("utf-8")
    assert text.count("\n") <= 400
    assert not {"utils", "util", "helpers", "common", "misc"} & set(module.split("."))


def test_every_package_has_a_layer():
    assert {part(module) for module in MODULES} <= LEVEL.keys()


@pytest.mark.parametrize(
    ("source", "found"),
    [
        ("open('x')", True),
        ("path.open()", True),
        ("from datetime import datetime\ndatetime.now()", True),
        ("import datetime\ndatetime.datetime.now()", True),
        ("import os\nos.environ['X']", True),
        ("resource.read_text()", False),
        ("opened = 1", False),
    ],
)
def test_the_watch_on_the_world_sees_what_it_should(source, found):
    assert bool(WORLD & set(uses(ast.parse(source)))) is found


def test_the_watch_on_imports_sees_what_it_should():
    source = "if TYPE_CHECKING:\n    import a\nfrom b import c\ndef f():\n    import d\nif x:\n    import e"
    assert list(imports(ast.parse(source))) == ["b", "b.c", "d", "e"]
