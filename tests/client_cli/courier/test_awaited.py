"""What bundles await: by bundle, each response and each reply once, and nothing when nothing can come any more."""

from pathlib import Path

from client_cli.courier import awaited
from client_cli.courier.awaited import KEEP_S, SentExchange
from client_cli.post.fetches import FetchAnswer
from protocol.routes.exchange import Cursor
from protocol.routes.onion import answer_store, wrap_reply
from protocol.seams import RelayId
from protocol.sizes import CELL_BYTES
from tests.kits.homes import NOW, entropy, make_vault

CELL = bytes(CELL_BYTES)


def sent(key: int, bundle: int = 1) -> SentExchange:
    return SentExchange(bytes([key]) * 32, bundle, RelayId(0), Cursor(key, 2))


def test_an_exchange_is_missing_until_its_response_came(tmp_path: Path) -> None:
    with make_vault(tmp_path).transaction() as tx:
        for place, key in enumerate((3, 1, 2)):
            awaited.add_exchange(tx, sent(key), place, NOW)
        awaited.add_exchange(tx, sent(9, bundle=2), 0, NOW)
        awaited.note_answered(tx, sent(1).key, NOW)
        assert awaited.unanswered(tx, 1) == [0, 2]
        found = {one.key[0]: one for one in awaited.exchanges(tx)}
        assert {key: one.answered for key, one in found.items()} == {1: True, 2: False, 3: False, 9: False}
        assert found[9] == sent(9, bundle=2)


def test_what_is_too_old_is_erased(tmp_path: Path) -> None:
    with make_vault(tmp_path).transaction() as tx:
        awaited.add_exchange(tx, sent(1), 0, NOW)
        awaited.add_fetch(tx, 1, None, bytes(96), NOW)
        awaited.forget_old(tx, NOW + KEEP_S)
        assert (awaited.unanswered(tx, 1), awaited.waiting_fetches(tx, 1)) == ([0], 1)
        awaited.forget_old(tx, NOW + KEEP_S + 1)
        assert (awaited.unanswered(tx, 1), awaited.waiting_fetches(tx, 1)) == ([], 0)


def test_nothing_is_kept_for_longer_because_a_clock_was_ahead(tmp_path: Path) -> None:
    with make_vault(tmp_path).transaction() as tx:
        awaited.add_exchange(tx, sent(1), 0, NOW + 10 * KEEP_S)
        awaited.add_fetch(tx, 1, None, bytes(96), NOW + 10 * KEEP_S)
        awaited.forget_old(tx, NOW)
        awaited.forget_old(tx, NOW + KEEP_S)
        assert (awaited.unanswered(tx, 1), awaited.waiting_fetches(tx, 1)) == ([0], 1)
        awaited.forget_old(tx, NOW + KEEP_S + 1)
        assert (awaited.unanswered(tx, 1), awaited.waiting_fetches(tx, 1)) == ([], 0)


def reply(keys: bytes, cell: bytes | None) -> bytes:
    """A shelf reply as it comes back over all three relays, for the keys of entry, middle and store."""
    draw = entropy(5)
    return wrap_reply(keys[:32], wrap_reply(keys[32:64], answer_store(keys[64:], cell, draw), draw), draw)


def test_a_reply_is_taken_in_once_and_by_the_bundle_that_asked(tmp_path: Path) -> None:
    keys, hole = entropy(6)(96), entropy(7)(32)
    with make_vault(tmp_path).transaction() as tx:
        awaited.add_fetch(tx, 1, None, entropy(8)(96), NOW)
        awaited.add_fetch(tx, 1, hole, keys, NOW)
        came = reply(keys, CELL)
        assert awaited.pop_answer(tx, 2, came) is None
        assert awaited.pop_answer(tx, 1, came) == FetchAnswer(hole, CELL)
        assert awaited.waiting_fetches(tx, 1) == 1
        assert awaited.pop_answer(tx, 1, came) is None
