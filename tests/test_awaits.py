"""Nothing that several coroutines share is read before an await and written after it: others write meanwhile, and what
they wrote would be lost.
"""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
PACKAGES = ("protocol", "relay", "client_cli", "lab", "tests")


def lost_updates(tree: ast.AST) -> list[int]:
    """Lines that give a shared value what was computed from it across an await. Shared is an attribute, an item, and a
    name of an outer function or of the module."""
    return [
        node.lineno
        for function in ast.walk(tree)
        if isinstance(function, ast.AsyncFunctionDef)
        for node in own(function)
        if isinstance(node, ast.Assign | ast.AugAssign | ast.AnnAssign)
        and node.value is not None
        and any(isinstance(part, ast.Await) for part in ast.walk(node.value))
        and any(is_read(node, target) for target in targets_of(node) if is_shared(target, function))
    ]


def own(function: ast.AsyncFunctionDef) -> Iterator[ast.AST]:
    """What a function itself does, without the functions in it."""
    waiting: list[ast.AST] = list(function.body)
    while waiting:
        node = waiting.pop()
        if not isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda | ast.ClassDef):
            yield node
            waiting += ast.iter_child_nodes(node)


def targets_of(node: ast.Assign | ast.AugAssign | ast.AnnAssign) -> list[ast.expr]:
    found = node.targets if isinstance(node, ast.Assign) else [node.target]
    return [part for target in found for part in (target.elts if isinstance(target, ast.Tuple) else [target])]


def is_shared(target: ast.expr, function: ast.AsyncFunctionDef) -> bool:
    if isinstance(target, ast.Name):
        return any(target.id in node.names for node in own(function) if isinstance(node, ast.Nonlocal | ast.Global))
    return isinstance(target, ast.Attribute | ast.Subscript)


def is_read(node: ast.Assign | ast.AugAssign | ast.AnnAssign, target: ast.expr) -> bool:
    """Whether the value has the target beside what is awaited; += always has."""
    assert node.value is not None
    name = ast.unparse(target)
    return isinstance(node, ast.AugAssign) or any(ast.unparse(part) == name for part in beside_awaits(node.value))


def beside_awaits(value: ast.expr) -> Iterator[ast.AST]:
    waiting: list[ast.AST] = [value]
    while waiting:
        node = waiting.pop()
        if not isinstance(node, ast.Await):
            yield node
            waiting += ast.iter_child_nodes(node)


@pytest.mark.parametrize("package", PACKAGES)
def test_no_shared_value_is_read_before_an_await_and_written_after_it(package: str) -> None:
    found = {
        f"{path.relative_to(ROOT)}:{line}"
        for path in (ROOT / package).rglob("*.py")
        for line in lost_updates(ast.parse(path.read_text("utf-8")))
    }
    assert found == set()


@pytest.mark.parametrize(
    ("statement", "lost"),
    [
        ("self.down += len(await post())", True),
        ("self.down = self.down + await post()", True),
        ("counts[name] += await post()", True),
        ("counts[name] = max(counts[name], (await post())[0])", True),
        ("down += await post()", True),
        ("own += await post()", False),
        ("self.down = await post()", False),
        ("self.board = await load(self.board)", False),
        ("self.down += len(answer)", False),
    ],
)
def test_the_check_finds_what_would_be_lost(statement: str, lost: bool) -> None:
    source = f"def outer():\n    down = 0\n    async def inner():\n        nonlocal down\n        {statement}\n"
    assert bool(lost_updates(ast.parse(source))) == lost
