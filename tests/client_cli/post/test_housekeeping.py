"""Housekeeping comes first, once a slot: streams follow the clock, our own begin, letters whose time is over end."""

from pathlib import Path

import pytest

from client_cli.outbox import letters as outbox
from client_cli.outbox.letters import LetterStatus, write_letter
from client_cli.post.housekeeping import housekeeping
from client_cli.streams import streams
from protocol.streams.stream import retained_epochs
from tests.kits.homes import CONSTANTS, DAY, EPOCH, NOW, entropy, learn_day, make_vault, pair
from tests.kits.small_network import START, SmallNetwork, make_member, make_postman, run_slots, seal_due

HOUR = 3600.0


@pytest.fixture
def rolls(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """Grows by one whenever somebody looks whether streams have to be moved."""
    seen: list[float] = []

    def counting(retention_s: float, epoch_s: float) -> int:
        seen.append(epoch_s)
        return retained_epochs(retention_s, epoch_s)

    monkeypatch.setattr(streams, "retained_epochs", counting)
    return seen


def test_a_slot_rolls_once(tmp_path: Path, rolls: list[float]) -> None:
    network = SmallNetwork(guards=(0,))
    with make_member(network, tmp_path, "mina") as vault:
        postman = make_postman(vault, "mina")
        postman.start(START)
        run_slots(network, postman, START + HOUR)
        counted = []
        for _ in range(30):
            at = postman.next_slot_at()
            network.now = at
            rolls.clear()
            seal_due(postman, at)
            exchange = postman.begin(at)
            postman.finish(exchange.handle, network.answer(exchange, at), at)
            counted.append(len(rolls))
    assert set(counted) <= {0, 1}, "none where close slots were sealed together"
    assert sum(counted) > 15


def test_nothing_is_begun_before_the_roster_is_known(tmp_path: Path) -> None:
    with make_vault(tmp_path, joined=False).transaction() as tx:
        housekeeping(tx, NOW, entropy(1))
        assert tx.all("SELECT * FROM streams") == []


def test_streams_move_and_letters_end_though_the_letters_key_is_away(tmp_path: Path) -> None:
    mother, _ = pair(tmp_path)
    write_letter(mother.vault, mother.person("딸"), "너무 늦은 편지", NOW)
    over = NOW + CONSTANTS.letter_days * DAY
    learn_day(mother.vault, over)
    mother.vault.drop_letters_key()
    with mother.vault.transaction() as tx:
        housekeeping(tx, over, mother.crypto)
        for contact in (streams.LOOPS, 1):
            send = streams.find_send(tx, contact)
            assert send is not None
            assert send.epoch == int(over // EPOCH)
        assert tx.all("SELECT sealed_body, expired_at FROM letters_out") == [(None, over)]
    mother.reopen()
    assert [letter.status for letter in outbox.letters(mother.vault, over)] == [LetterStatus.EXPIRED]
