"""A secret that gets into a traceback or a log line would stay there: nothing that holds one shows it in its repr."""

from client_cli.vault.key_file import VaultKeys
from protocol.community.access import AccessSecrets
from protocol.seams import RelayId
from relay.home.tls import Certificate
from relay.secrets import AccessKeys, RelayKeys

SECRET = b"not to be seen, thirty-two bytes"


def test_what_holds_keys_does_not_print_them() -> None:
    holders = (
        VaultKeys(SECRET, SECRET),
        RelayKeys(SECRET, SECRET, RelayId(1)),
        AccessKeys({1: SECRET}),
        AccessSecrets(1, SECRET, SECRET),
        Certificate(b"public", SECRET, b"pin"),
    )
    for holder in holders:
        assert SECRET.decode() not in repr(holder)
