"""One Double Ratchet session: our primitives under the library `doubleratchet`, its state in our own bytes.

Imported only when a message is sealed or opened: the library costs a quarter of a second. Its coroutines never wait
for anything and are run to their end at once. A key kept for a message that has not come is marked with the epoch of
the message that passed it over, which was sent later: when that epoch is watched no more, the key dies. Invariant:
whatever a peer sends, a session changes only when a message opens, it keeps at most `MAX_SKIPPED` such keys, and only
`ProtocolError` leaves this module.

Spec: docs/protocol.md, Ratchet messages.
Decision 96.
"""

import warnings
from collections.abc import Coroutine, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from itertools import groupby
from typing import Any, Final, Self, TypedDict, TypeVar

from doubleratchet import (
    AEAD,
    KDF,
    AuthenticationFailedException,
    DecryptionFailedException,
    DiffieHellmanRatchet,
    DiffieHellmanRatchetModel,
    DoSProtectionException,
    DoubleRatchet,
    DoubleRatchetModel,
    DuplicateMessageException,
    EncryptedMessage,
    Header,
    KDFChainModel,
    SymmetricKeyRatchetModel,
)
from doubleratchet.models import SkippedMessageKeyModel
from nacl.bindings import crypto_aead_xchacha20poly1305_ietf_decrypt, crypto_aead_xchacha20poly1305_ietf_encrypt
from nacl.exceptions import CryptoError

from protocol.errors import ProtocolError
from protocol.primitives.agreement import shared_secret
from protocol.primitives.codec import Reader
from protocol.primitives.kdf import derive
from protocol.primitives.sealed_box import public_of
from protocol.seams import Entropy
from protocol.streams.generations import NEAR, Where
from protocol.streams.pigeonhole import calendar_of, generation_of

MAX_SKIPPED: Final = NEAR
"""Message keys kept for messages that have not come: 64 unacknowledged in each of the three epochs of the default
retention and the one ahead. Of more, the newest are kept: what the others carried comes in another cell."""
HEADER_BYTES: Final = 32 + 4 + 4
TAG_BYTES: Final = 16
_KEY_BYTES: Final = 32
_NONCE_BYTES: Final = 24
_NO_COUNT: Final = 0xFFFFFFFF
_REFUSALS: Final = (
    AuthenticationFailedException,
    DecryptionFailedException,
    DoSProtectionException,
    DuplicateMessageException,
)

_entropy: ContextVar[Entropy] = ContextVar("ratchet_entropy")
"""The library makes its keys by a static method without parameters; this is how ours reach it."""

_T = TypeVar("_T")
_SkippedId = tuple[bytes, int]
"""Ratchet key and number of a message."""


class _Aead(AEAD):
    """XChaCha20-Poly1305; key and nonce both follow from the message key, which is used once."""

    @staticmethod
    async def encrypt(plaintext: bytes, key: bytes, associated_data: bytes) -> bytes:
        box_key, nonce = _message_key(key)
        return crypto_aead_xchacha20poly1305_ietf_encrypt(plaintext, associated_data, nonce, box_key)

    @staticmethod
    async def decrypt(ciphertext: bytes, key: bytes, associated_data: bytes) -> bytes:
        if len(ciphertext) < TAG_BYTES:
            raise DecryptionFailedException
        box_key, nonce = _message_key(key)
        try:
            return crypto_aead_xchacha20poly1305_ietf_decrypt(ciphertext, associated_data, nonce, box_key)
        except CryptoError:
            raise AuthenticationFailedException from None


class _RootKdf(KDF):
    @staticmethod
    async def derive(key: bytes, data: bytes, length: int) -> bytes:
        return derive(b"sosik dr root", data, key=key, size=length)


class _MessageKdf(KDF):
    @staticmethod
    async def derive(key: bytes, data: bytes, length: int) -> bytes:
        return derive(b"sosik dr message", data, key=key, size=length)


class _X25519(DiffieHellmanRatchet):
    @staticmethod
    def _generate_priv() -> bytes:
        return _entropy.get()(_KEY_BYTES)

    @staticmethod
    def _derive_pub(priv: bytes) -> bytes:
        return public_of(priv)

    @staticmethod
    def _perform_diffie_hellman(own_priv: bytes, other_pub: bytes) -> bytes:
        return shared_secret(own_priv, other_pub)


class _Ratchet(DoubleRatchet):
    @staticmethod
    def _build_associated_data(associated_data: bytes, header: Header) -> bytes:
        return associated_data + encode_header(header)


class _Settings(TypedDict):
    diffie_hellman_ratchet_class: type[DiffieHellmanRatchet]
    root_chain_kdf: type[KDF]
    message_chain_kdf: type[KDF]
    message_chain_constant: bytes
    dos_protection_threshold: int
    max_num_skipped_message_keys: int
    aead: type[AEAD]


def _settings(reach: int) -> _Settings:
    """Settings for messages that are at most `reach` ahead; what is kept of the keys passed over is our own choice."""
    return {
        "diffie_hellman_ratchet_class": _X25519,
        "root_chain_kdf": _RootKdf,
        "message_chain_kdf": _MessageKdf,
        "message_chain_constant": b"sosik",
        "dos_protection_threshold": reach,
        "max_num_skipped_message_keys": 2 * reach + MAX_SKIPPED,
        "aead": _Aead,
    }


class Session:
    """One session, as the side that began it or the side that was written to."""

    __slots__ = ("_epochs", "_ratchet")

    def __init__(self, ratchet: _Ratchet, epochs: dict[_SkippedId, int]) -> None:
        self._ratchet = ratchet
        self._epochs = epochs
        """The mark of every skipped key: the numbered epoch of the message that passed it over."""

    @classmethod
    def initiate(
        cls, secret: bytes, their_ratchet: bytes, content: bytes, label: bytes, entropy: Entropy
    ) -> tuple[Self, bytes]:
        """Begin a session and seal its first message. Returns (session, header 40 | ciphertext | tag 16).

        `secret`: 32 bytes both know; `label`: additional data of every message. ProtocolError: key of small order.
        """
        with _drawing(entropy):
            ratchet, message = _run(
                _Ratchet.encrypt_initial_message(
                    **_settings(MAX_SKIPPED),
                    shared_secret=secret,
                    recipient_ratchet_pub=their_ratchet,
                    message=content,
                    associated_data=label,
                )
            )
        return cls(ratchet, {}), encode_header(message.header) + message.ciphertext

    @classmethod
    def accept(
        cls, secret: bytes, own_ratchet_secret: bytes, message: bytes, label: bytes, entropy: Entropy, where: Where
    ) -> tuple[Self, bytes]:
        """Open the first message that comes of a session the other side began, whatever its number in the chain.

        Returns (session, content). ProtocolError: it does not open, or is too far ahead.
        """
        with _drawing(entropy):
            ratchet, content = _run(
                _Ratchet.decrypt_initial_message(
                    **_settings(where.reach),
                    shared_secret=secret,
                    own_ratchet_priv=own_ratchet_secret,
                    message=_parse_message(message),
                    associated_data=label,
                )
            )
        session = cls(ratchet, {})
        session._mark(where.epoch)
        return session, content

    def seal(self, content: bytes, label: bytes) -> bytes:
        """Return the next message: header 40 | ciphertext | tag 16."""
        message = _run(self._ratchet.encrypt_message(content, label))
        return encode_header(message.header) + message.ciphertext

    def open(self, message: bytes, label: bytes, entropy: Entropy, where: Where) -> bytes:
        """Return the content. ProtocolError: altered, opened before, too far ahead; the session is as it was then."""
        ratchet = _Ratchet.from_model(self._ratchet.model, **_settings(where.reach))
        with _drawing(entropy):
            content = _run(ratchet.decrypt_message(_parse_message(message), label))
        self._ratchet = ratchet
        self._mark(where.epoch)
        return content

    def forget(self, generation: int, epoch: int) -> None:
        """Drop the skipped keys of messages sent before this generation, or before this epoch of the calendar."""
        model = self._ratchet.model
        kept = [
            skipped
            for skipped in model.skipped_message_keys
            if generation_of(mark := self._epochs[skipped.ratchet_pub, skipped.index]) >= generation
            and calendar_of(mark) >= epoch
        ]
        self._keep(model, kept)

    def _mark(self, epoch: int) -> None:
        """Mark the keys that the last message passed over, and keep the newest ones only."""
        model = self._ratchet.model
        for skipped in model.skipped_message_keys:
            self._epochs.setdefault((skipped.ratchet_pub, skipped.index), epoch)
        self._keep(model, model.skipped_message_keys[-MAX_SKIPPED:])

    def _keep(self, model: DoubleRatchetModel, kept: list[SkippedMessageKeyModel]) -> None:
        if len(kept) < len(model.skipped_message_keys):
            model = model.model_copy(update={"skipped_message_keys": kept})
            self._ratchet = _Ratchet.from_model(model, **_settings(MAX_SKIPPED))
        held = [(skipped.ratchet_pub, skipped.index) for skipped in kept]
        self._epochs = {one: self._epochs[one] for one in held}

    def encode(self) -> bytes:
        """Return own ratchet secret 32 | their ratchet key 32 | root chain | sending chain | receiving chain |
        length of the sending chain before u32 (all ones: none) | count u16 | skipped keys by ratchet key.

        Chain: length u32 | key 32; a receiving chain that does not exist yet is all ones, then zeros.
        Skipped: ratchet key 32 | epoch u64 | count u16 | count x (number u32 | message key 32), oldest first.
        """
        model = self._ratchet.model
        ratchet = model.diffie_hellman_ratchet
        chains = ratchet.symmetric_key_ratchet
        before = chains.previous_sending_chain_length
        out = [ratchet.own_ratchet_priv, ratchet.other_ratchet_pub]
        out += [_encode_chain(chain) for chain in (ratchet.root_chain, chains.sending_chain, chains.receiving_chain)]
        out.append((_NO_COUNT if before is None else before).to_bytes(4, "big"))

        def mark(skipped: SkippedMessageKeyModel) -> tuple[bytes, int]:
            return skipped.ratchet_pub, self._epochs[skipped.ratchet_pub, skipped.index]

        groups = [(marked, list(group)) for marked, group in groupby(model.skipped_message_keys, mark)]
        out.append(len(groups).to_bytes(2, "big"))
        for (key, epoch), group in groups:
            out += [key, epoch.to_bytes(8, "big"), len(group).to_bytes(2, "big")]
            out += [skipped.index.to_bytes(4, "big") + skipped.message_key for skipped in group]
        return b"".join(out)

    @classmethod
    def decode(cls, data: bytes) -> Self:
        """Read what `encode` wrote. ProtocolError: anything else."""
        reader = Reader(data)
        own, other = reader.read(_KEY_BYTES), reader.read(_KEY_BYTES)
        root, sending, receiving = _parse_chain(reader), _parse_chain(reader), _parse_chain(reader)
        before = reader.u32()
        skipped: list[SkippedMessageKeyModel] = []
        epochs: dict[_SkippedId, int] = {}
        for _ in range(reader.u16()):
            key, epoch = reader.read(_KEY_BYTES), reader.u64()
            for _ in range(reader.u16()):
                index, message_key = reader.u32(), reader.read(_KEY_BYTES)
                skipped.append(SkippedMessageKeyModel(ratchet_pub=key, index=index, message_key=message_key))
                epochs[key, index] = epoch
        reader.end()
        if root is None or sending is None or len(skipped) > MAX_SKIPPED:
            raise ProtocolError("a kept session is out of range")
        model = DoubleRatchetModel(
            diffie_hellman_ratchet=DiffieHellmanRatchetModel(
                own_ratchet_priv=own,
                other_ratchet_pub=other,
                root_chain=root,
                symmetric_key_ratchet=SymmetricKeyRatchetModel(
                    receiving_chain=receiving,
                    sending_chain=sending,
                    previous_sending_chain_length=None if before == _NO_COUNT else before,
                ),
            ),
            skipped_message_keys=skipped,
        )
        session = cls(_Ratchet.from_model(model, **_settings(MAX_SKIPPED)), epochs)
        if session.encode() != data:
            raise ProtocolError("a kept session is not canonical")
        return session


def encode_header(header: Header) -> bytes:
    """Return ratchet key 32 | length of the chain before u32 | number u32."""
    lengths = header.previous_sending_chain_length.to_bytes(4, "big") + header.sending_chain_length.to_bytes(4, "big")
    return header.ratchet_pub + lengths


def _parse_message(message: bytes) -> EncryptedMessage:
    reader = Reader(message)
    header = Header(reader.read(_KEY_BYTES), reader.u32(), reader.u32())
    return EncryptedMessage(header, reader.rest())


def _message_key(key: bytes) -> tuple[bytes, bytes]:
    derived = derive(b"sosik dr cell", key, size=_KEY_BYTES + _NONCE_BYTES)
    return derived[:_KEY_BYTES], derived[_KEY_BYTES:]


def _encode_chain(chain: KDFChainModel | None) -> bytes:
    if chain is None:
        return _NO_COUNT.to_bytes(4, "big") + bytes(_KEY_BYTES)
    return chain.length.to_bytes(4, "big") + chain.key


def _parse_chain(reader: Reader) -> KDFChainModel | None:
    length, key = reader.u32(), reader.read(_KEY_BYTES)
    return None if length == _NO_COUNT else KDFChainModel(length=length, key=key)


@contextmanager
def _drawing(entropy: Entropy) -> Iterator[None]:
    """Give the library our randomness, and turn its refusals into ours."""
    token = _entropy.set(entropy)
    try:
        with warnings.catch_warnings():
            # A chain given up further ahead than we reach is only warned of, rightly: it must not stop the next.
            warnings.simplefilter("ignore")
            yield
    except _REFUSALS:
        raise ProtocolError("a ratchet message does not open") from None
    finally:
        _entropy.reset(token)


def _run(coroutine: Coroutine[Any, Any, _T]) -> _T:
    """Run to the end what never waits. RuntimeError (a bug of the library): it waits."""
    try:
        coroutine.send(None)
    except StopIteration as done:
        result: _T = done.value
        return result
    finally:
        coroutine.close()
    raise RuntimeError("a ratchet coroutine waits")
