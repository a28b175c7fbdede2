"""Single values of the vault are named in one place, so that no two share a row and none is misspelt."""

import ast
import itertools
from collections.abc import Iterator
from pathlib import Path

import pytest

import client_cli
from client_cli.vault.keys import Counter, Key, board_of, counter_of, shelf_at, ticket_tried_at

ROOT = Path(client_cli.__file__).parent
HOME = "client_cli.vault.keys"
NAMING = {"get", "put", "delete", "next_number"}
"""What a transaction is told a name."""


def named_elsewhere(source: str) -> Iterator[str]:
    """Calls on a transaction whose name is no member of an enum of this module and no call of its functions: a string,
    or a name that stands for one in the whole module."""
    tree = ast.parse(source)
    elsewhere: set[str] = set()
    for top in tree.body:
        match top:
            case ast.Assign(targets=many):
                elsewhere |= {target.id for target in many if isinstance(target, ast.Name)}
            case ast.AnnAssign(target=ast.Name(id=alone)):
                elsewhere.add(alone)
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom) and node.module != HOME:
            elsewhere |= {alias.asname or alias.name for alias in node.names}
    for node in ast.walk(tree):
        match node:
            case ast.Call(func=ast.Attribute(value=on, attr=called), args=[name, *_]) if called in NAMING:
                if not ast.unparse(on).endswith("tx"):
                    continue
                known = isinstance(name, ast.Attribute | ast.Call | ast.Name)
                root = next((part.id for part in ast.walk(name) if isinstance(part, ast.Name)), "")
                if not known or root in elsewhere:
                    yield ast.unparse(node)


def test_no_other_module_names_a_value() -> None:
    found = {
        path.relative_to(ROOT).as_posix(): calls
        for path in ROOT.rglob("*.py")
        if path != ROOT / "vault" / "keys.py" and (calls := list(named_elsewhere(path.read_text())))
    }
    assert found == {}


@pytest.mark.parametrize(
    "planted",
    [
        'tx.get("roster")',
        'self._tx.put(f"shelf {guard}", b"")',
        '_KEY = "proxy"\ntx.delete(_KEY)',
        "from client_cli.community.membership import ROSTER\ntx.get(ROSTER)",
        'tx.next_number("contacts")',
        'tx.get("shelf " + guard)',
    ],
)
def test_a_name_that_stands_elsewhere_is_found(planted: str) -> None:
    assert len(list(named_elsewhere(planted))) == 1


@pytest.mark.parametrize(
    "right", ["from client_cli.vault.keys import Key, shelf_at\ntx.get(Key.ROSTER)\ntx.put(shelf_at(guard), b'')"]
)
def test_names_of_the_one_place_are_let_pass(right: str) -> None:
    assert list(named_elsewhere(right)) == []


def test_no_two_values_share_a_row() -> None:
    numbered = [make(number) for make in (board_of, shelf_at, ticket_tried_at) for number in range(256)]
    names = [*map(str, Key), *map(counter_of, Counter), *numbered]
    assert all(one != other for one, other in itertools.pairwise(sorted(names)))


def test_names_of_released_vaults_stay() -> None:
    """They stand in the vaults of people: whoever changes one has to move the value."""
    assert (shelf_at(3), board_of(0), ticket_tried_at(255), counter_of(Counter.BUNDLES)) == (
        "shelf 3",
        "board 0",
        "ticket_tried 255",
        "counter bundle",
    )
    released = {
        "access_refused",
        "access_secret",
        "blind_until",
        "board_behind",
        "board_read_to",
        "board_troubles",
        "bundle_schedule",
        "clock_ahead",
        "community_key",
        "guard",
        "invitation_refused",
        "invite",
        "large text",
        "lock_after",
        "loop_watch",
        "proxy",
        "roster",
        "schedule",
        "schedule_seed",
        "settings",
        "streams_rolled",
        "sync_schedule",
        "unlock_box",
        "unlock_door",
    }
    assert released - set(Key) == set()
