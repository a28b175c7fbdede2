"""What a relay had that fell silent is due again from the moment in which everybody goes around it."""

from pathlib import Path

from client_cli.streams import in_flight
from protocol.routes.onion import Route
from protocol.seams import RelayId
from tests.client_cli.community.test_silence import GONE, SEAL_S, SEALS, read_seal, sealed_at
from tests.kits.cell_letters import write
from tests.kits.homes import pair


def test_what_it_had_leaves_again_with_the_next_slot(tmp_path: Path) -> None:
    mother, _ = pair(tmp_path)
    sent = sealed_at(0) - 60
    write(mother, "딸", "편지", sent)
    assert mother.deposit(sent, GONE) is not None
    with mother.vault.transaction() as tx:
        in_flight.note_route(tx, Route(RelayId(0), RelayId(1), GONE, 1.0, 1.0, 0.0), sent)
        for seals in range(SEALS + 1):
            for signer in (0, 1):
                read_seal(tx, signer, seals, sealed_at(seals))
    turn = sealed_at(SEALS) + SEAL_S / 2
    assert mother.deposit(turn - 1) is None
    assert mother.deposit(turn) is not None
    assert mother.deposit(turn + 1) is None, "once"
