"""Rows of pigeonholes: they follow their stream, stay where a page listed them, and three misses unlist one."""

from pathlib import Path

from client_cli.streams import expected
from client_cli.streams.expected import StreamPlace
from client_cli.vault.transaction import Tx
from protocol.seams import RelayId
from protocol.streams.pigeonhole import Hole, Take, hole_of
from protocol.streams.receive import Watched
from tests.kits.homes import NOW, make_vault

Row = tuple[int, int, int, float | None, int]


def watched(index: int, store: int) -> Watched:
    take = Take(bytes([index]) * 32)
    return Watched(7, index, take, hole_of(take), RelayId(store))


def hole(index: int) -> Hole:
    return hole_of(Take(bytes([index]) * 32))


def rows(tx: Tx) -> list[Row]:
    return [(*row,) for row in tx.all("SELECT stream, idx, relay, listed_at, tries FROM expected ORDER BY stream, idx")]


def test_rows_follow_what_a_stream_watches_without_what_waits_unopened(tmp_path: Path) -> None:
    with make_vault(tmp_path).transaction() as tx:
        expected.follow(tx, 1, [watched(0, 0), watched(1, 0), watched(2, 0)], [(7, 1)])
        expected.follow(tx, 2, [watched(9, 1)], [])
        assert [row[:3] for row in rows(tx)] == [(1, 0, 0), (1, 2, 0), (2, 9, 1)]
        expected.note_listed(tx, [hole(2)], RelayId(2), NOW)
        expected.follow(tx, 1, [watched(0, 1), watched(2, 1), watched(3, 1)], [])
        assert [row[:3] for row in rows(tx)] == [(1, 0, 1), (1, 2, 2), (1, 3, 1), (2, 9, 1)]
        assert expected.find_place(tx, hole(3)) == StreamPlace(1, (7, 3))
        expected.drop(tx, StreamPlace(1, (7, 3)))
        assert expected.find_place(tx, hole(3)) is None


def test_a_pigeonhole_that_was_empty_three_times_is_listed_no_longer(tmp_path: Path) -> None:
    with make_vault(tmp_path).transaction() as tx:
        expected.follow(tx, 1, [watched(0, 0), watched(1, 0)], [])
        expected.note_listed(tx, [hole(0)], RelayId(0), NOW)
        assert expected.unlisted(tx) == [hole(1)]
        for tries in (1, 2):
            expected.note_miss(tx, hole(0))
            assert rows(tx)[0] == (1, 0, 0, NOW, tries)
        expected.note_miss(tx, hole(0))
        assert rows(tx)[0] == (1, 0, 0, None, 0)


def test_asking_blindly_lasts_until_the_latest_time_it_was_allowed(tmp_path: Path) -> None:
    with make_vault(tmp_path).transaction() as tx:
        assert expected.blind_until(tx) == 0.0
        expected.enable_blind(tx, NOW)
        expected.enable_blind(tx, NOW - 60)
        assert expected.blind_until(tx) == NOW
