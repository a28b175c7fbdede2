"""Messages that came while the letters key was away: kept by place, handed out oldest first, gone with their person."""

from pathlib import Path

from client_cli.streams import arrived
from client_cli.streams.arrived import Arrived
from client_cli.streams.expected import StreamPlace
from tests.kits.homes import NOW, make_vault, pair


def message(stream: int, epoch: int, index: int) -> Arrived:
    return Arrived(StreamPlace(stream, (epoch, index)), b"sealed", NOW, NOW + 60, bytes(32))


def test_messages_are_handed_out_oldest_place_first_and_a_few_at_a_time(tmp_path: Path) -> None:
    kept = [message(2, 7, 1), message(1, 8, 0), message(1, 7, 3)]
    with make_vault(tmp_path).transaction() as tx:
        for one in kept:
            arrived.add(tx, one)
        assert arrived.oldest(tx, 2) == [kept[2], kept[1]]
        assert arrived.places_of(tx, 1) == [(7, 3), (8, 0)]
        assert arrived.holds(tx, kept[0].place)
        arrived.remove(tx, kept[0].place)
        assert not arrived.holds(tx, kept[0].place)
        assert arrived.oldest(tx, 9) == [kept[2], kept[1]]


def test_what_waits_of_a_person_goes_and_that_of_others_stays(tmp_path: Path) -> None:
    mother, _ = pair(tmp_path)
    number = mother.person("딸").number
    with mother.vault.transaction() as tx:
        ((stream,),) = tx.all("SELECT id FROM streams WHERE contact = ? AND direction = 1", (number,))
        arrived.add(tx, message(stream, 1, 1))
        arrived.add(tx, message(stream + 1000, 1, 1))
        arrived.forget_person(tx, number)
        assert [one.place.stream for one in arrived.oldest(tx, 9)] == [stream + 1000]
