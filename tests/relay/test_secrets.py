"""Secrets of a relay are never shown."""

from protocol.seams import RelayId
from relay.secrets import AccessKeys, RelayKeys


def test_no_secret_is_shown() -> None:
    identity, door, access = b"identity".ljust(32), b"door".ljust(32), b"access".ljust(32)
    shown = f"{RelayKeys(identity, door, RelayId(3))} {AccessKeys({7: access})}"
    assert "3" in shown
    assert not any(secret.decode().strip() in shown or repr(secret) in shown for secret in (identity, door, access))
