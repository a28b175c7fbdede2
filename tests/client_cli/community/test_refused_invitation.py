"""An invitation that somebody used before: the refusal is remembered and said, and nothing else changes."""

from dataclasses import replace
from pathlib import Path

import pytest

from client_cli.post.exchanges import ExchangeInFlight, note_refusal, open_exchange
from client_cli.status.facts import status
from client_cli.vault.keys import Key
from client_cli.wording.status import sentences
from protocol.profile import Profile
from protocol.routes.exchange import Cursor, Response, Status, seal_response
from protocol.seams import RelayId
from tests.kits.homes import NOW, entropy, make_vault

KEY = bytes([9]) * 32
NOWHERE = Cursor(0, 0)


@pytest.mark.parametrize(
    ("answer", "by_ticket", "said"),
    [(Status.REFUSED, True, True), (Status.REFUSED, False, False), (Status.BUSY, True, False), (None, True, False)],
)
def test_only_a_refused_ticket_is_told_as_used_before(
    tmp_path: Path, answer: Status | None, by_ticket: bool, said: bool
) -> None:
    flight = ExchangeInFlight(RelayId(0), Profile.STANDARD, KEY, bytes(16), 0, 0, NOWHERE, 0.0, by_ticket)
    body = None
    if answer is not None:
        response = Response(answer, bytes(32), 0, None, 0, NOWHERE, NOWHERE, NOWHERE, b"")
        body = seal_response(response, KEY, Profile.STANDARD, entropy(3))
    (opened,) = open_exchange([flight], body)
    assert opened.response is None
    with make_vault(tmp_path / "home") as vault:
        with vault.transaction() as tx:
            note_refusal(tx, flight, opened.status)
            assert (tx.get(Key.INVITATION_REFUSED) is not None) is said
        found = status(vault, NOW)
        joined = replace(found, network=replace(found.network, joined=True))
        assert found.warnings.invitation_refused is said
        assert any("used by someone already" in sentence.text for sentence in sentences(joined)) is said
