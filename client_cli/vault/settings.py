"""What a person chose at set-up: language and profile. It stands inside the vault: before the vault is open nothing
tells who uses it. Spec: docs/protocol.md, Vault."""

from dataclasses import dataclass

from client_cli.vault.keys import Key
from client_cli.vault.transaction import Transactions, Tx
from protocol.profile import Profile

__all__ = ["Settings", "change_settings", "get_settings", "put_settings", "settings"]


@dataclass(frozen=True, slots=True)
class Settings:
    """Choices of the person. `made_at`: Unix seconds of set-up."""

    language: str
    profile: Profile
    made_at: float


def put_settings(tx: Tx, *, language: str, profile: Profile, made_at: float) -> None:
    """Write the settings: made_at u64 | profile u8 | language ASCII."""
    tx.put(Key.SETTINGS, int(made_at).to_bytes(8, "big") + bytes([profile.value]) + language.encode("ascii"))


def get_settings(tx: Tx) -> Settings:
    """The settings; they are written when the vault is made."""
    held = tx.get(Key.SETTINGS)
    if held is None:
        raise LookupError("a vault without settings")
    return Settings(held[9:].decode("ascii"), Profile(held[8]), float(int.from_bytes(held[:8], "big")))


def settings(vault: Transactions) -> Settings:
    """The settings, in a transaction of its own."""
    with vault.transaction() as tx:
        return get_settings(tx)


def change_settings(vault: Transactions, *, language: str | None = None, profile: Profile | None = None) -> Settings:
    """Choose another language or profile; a running `online` takes up the profile from its next slot on."""
    with vault.transaction() as tx:
        old = get_settings(tx)
        put_settings(
            tx,
            language=old.language if language is None else language,
            profile=old.profile if profile is None else profile,
            made_at=old.made_at,
        )
        return get_settings(tx)
