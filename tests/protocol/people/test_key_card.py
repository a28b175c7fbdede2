"""Key cards: one encoding and one text each, small enough for a QR, and names that cannot act on a screen."""

import contextlib
import unicodedata

import pytest
import qrcode
from hypothesis import given
from hypothesis import strategies as st

from protocol.errors import ProtocolError
from protocol.people.card_name import MAX_NAME_BYTES, check_name, fit_name, parse_name
from protocol.people.key_card import (
    CARD_PREFIX,
    MAX_CARD_TEXT,
    MAX_URL_BYTES,
    CardKind,
    Entry,
    InviteCard,
    MeetCard,
    OwnCard,
    card_hash,
    encode_card,
    encode_card_text,
    encode_own_card,
    make_card,
    parse_card,
    parse_card_text,
    parse_own_card,
)
from protocol.primitives.sealed_box import public_of
from protocol.seams import RelayId, SeededEntropy

ENTROPY = SeededEntropy(b"card tests".ljust(32))
KEYS = st.binary(min_size=32, max_size=32)
DOORS = KEYS.map(public_of)
NAMES = st.text(max_size=40).map(fit_name)
KINDS = st.sampled_from([CardKind.MEET, CardKind.INTRODUCE])
DAYS = st.integers(0, 0xFFFF)
PATHS = st.text("abcdefghijklmnopqrstuvwxyz0123456789-_./", max_size=MAX_URL_BYTES - 8)
MEET_CARDS = st.builds(MeetCard, KINDS, KEYS, KEYS, KEYS, KEYS, DAYS, NAMES)
ENTRIES = st.builds(Entry, st.integers(0, 255).map(RelayId), PATHS.map("https://".__add__), DOORS, KEYS)
INVITE_CARDS = st.builds(
    InviteCard,
    KEYS,
    NAMES,
    DAYS,
    st.integers(1, 2**32 - 1),
    st.integers(1, 2**32 - 1),
    st.lists(ENTRIES, min_size=1, max_size=2, unique_by=lambda entry: entry.relay).map(tuple),
    st.binary(min_size=96, max_size=96),
)
CARDS = st.one_of(MEET_CARDS, INVITE_CARDS)


def largest_invite() -> InviteCard:
    entries = tuple(
        Entry(RelayId(n), f"https://{n}".ljust(MAX_URL_BYTES, "x"), ENTROPY(32), ENTROPY(32)) for n in (1, 2)
    )
    return InviteCard(ENTROPY(32), "ㅎ" * 10, 20_700, 120_000, 2**32 - 1, entries, ENTROPY(96))


@given(CARDS)
def test_cards_come_back_from_bytes_and_text(card: MeetCard | InviteCard) -> None:
    assert parse_card(encode_card(card)) == card
    text = encode_card_text(card)
    assert parse_card_text(text) == card
    assert parse_card_text(f"\n {text} \r\n") == card
    assert set(text) <= set("0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ $%*+-./:")


@given(CARDS, st.data())
def test_an_altered_card_is_refused(card: MeetCard | InviteCard, data: st.DataObject) -> None:
    raw = bytearray(encode_card(card))
    raw[data.draw(st.integers(0, len(raw) - 1))] ^= data.draw(st.integers(1, 255))
    cut = data.draw(st.integers(0, len(raw) - 1))
    for bad in (bytes(raw), encode_card(card)[:cut], encode_card(card) + b"\0"):
        with pytest.raises(ProtocolError):
            parse_card(bad)


@given(st.one_of(st.text(max_size=80), st.text(max_size=80).map(CARD_PREFIX.__add__), st.binary().map(repr)))
def test_arbitrary_text_only_raises_protocol_error(text: str) -> None:
    for candidate in (text, text + "."):
        with pytest.raises(ProtocolError):
            parse_card_text(candidate)


@given(st.integers(0, 4), st.binary(max_size=400))
def test_bytes_with_a_right_checksum_are_refused_or_encode_to_themselves(kind: int, data: bytes) -> None:
    from protocol.primitives.kdf import derive

    body = bytes([kind, 1]) + data
    raw = body + derive(b"sosik checksum", body, size=4)
    with contextlib.suppress(ProtocolError):
        assert encode_card(parse_card(raw)) == raw


def test_card_text_of_another_case_or_spacing_is_refused() -> None:
    text = encode_card_text(make_card(CardKind.MEET, "엄마", 20_700, ENTROPY).card)
    for bad in (text.lower(), text[:40] + " " + text[40:], text.replace(":", "::"), text[:-1], text * 4):
        with pytest.raises(ProtocolError):
            parse_card_text(bad)


def test_the_largest_cards_fit_a_qr_that_a_poor_camera_reads() -> None:
    """Version 25 at level M is the limit; ordinary addresses stay far below it."""
    versions = {}
    ordinary = InviteCard(
        ENTROPY(32),
        "소식",
        20_700,
        120_000,
        12,
        tuple(Entry(RelayId(n), f"https://relay{n}.example.org/{n:022d}", ENTROPY(32), bytes(32)) for n in (1, 2)),
        ENTROPY(96),
    )
    meeting = make_card(CardKind.MEET, "가" * 10, 20_700, ENTROPY).card
    for name, card in (("largest invite", largest_invite()), ("ordinary invite", ordinary), ("meet", meeting)):
        code = qrcode.QRCode(error_correction=qrcode.ERROR_CORRECT_M)
        text = encode_card_text(card)
        code.add_data(text, optimize=0)
        code.make(fit=True)
        versions[name] = (len(encode_card(card)), len(text), code.version)
    print(versions)  # noqa: T201 - bytes, characters and QR version of each
    assert len(encode_card_text(largest_invite())) <= MAX_CARD_TEXT
    assert all(version <= 25 for _, _, version in versions.values())
    assert versions["meet"][2] <= 11


def test_every_secret_of_a_card_is_fresh() -> None:
    first, second = (make_card(CardKind.MEET, "", 20_700, ENTROPY) for _ in range(2))
    parts = [
        part
        for own in (first, second)
        for part in (
            own.agreement_secret,
            own.ratchet_secret,
            own.card.agreement,
            own.card.ratchet,
            own.card.psk,
            own.card.rendezvous,
        )
    ]
    assert len(set(parts)) == len(parts)
    assert public_of(first.agreement_secret) == first.card.agreement
    assert public_of(first.ratchet_secret) == first.card.ratchet
    assert card_hash(first.card) != card_hash(second.card)


def test_own_cards_come_back_and_are_checked_against_their_secrets() -> None:
    own = make_card(CardKind.INTRODUCE, "할머니", 20_700, ENTROPY)
    kept = encode_own_card(own)
    assert parse_own_card(kept) == own
    for bad in (kept[:-1], bytes(32) + kept[32:], kept[:64], kept[:64] + encode_card(largest_invite())):
        with pytest.raises(ProtocolError):
            parse_own_card(bad)
    with pytest.raises(ProtocolError):
        OwnCard(own.card, own.ratchet_secret, own.agreement_secret)


@pytest.mark.parametrize("card", [make_card(CardKind.MEET, "", 20_700, ENTROPY).card, largest_invite()])
def test_a_card_expires_when_its_last_day_is_over(card: MeetCard | InviteCard) -> None:
    assert not card.is_expired(20_701 * 86400 - 0.001)
    assert card.is_expired(20_701 * 86400)


@pytest.mark.parametrize(
    "url",
    [
        "ftp://relay.example",
        "https://relay example",
        "https://소식.example",
        "https://x\x1b[2J",
        "https://" + "x" * 113,
    ],
)
def test_addresses_that_are_no_plain_urls_are_refused(url: str) -> None:
    with pytest.raises(ProtocolError):
        Entry(RelayId(1), url, ENTROPY(32), bytes(32))


def test_a_door_key_of_small_order_is_refused() -> None:
    with pytest.raises(ProtocolError):
        Entry(RelayId(1), "https://x", bytes(32), bytes(32))


def test_an_invitation_names_two_different_relays_at_most() -> None:
    invite = largest_invite()
    for entries in (
        (),
        invite.entries[:1] * 2,
        (*invite.entries, Entry(RelayId(9), "https://x", ENTROPY(32), bytes(32))),
    ):
        with pytest.raises(ProtocolError):
            InviteCard(invite.community_key, "", 1, 1, 1, entries, invite.ticket)


@pytest.mark.parametrize(
    "name",
    [
        "a\x1b[2J",
        "a\nb",
        "a\u202eb",  # right-to-left override
        "a\u200bb",  # zero width
        "a\u2066b",
        "\ufeffa",
        "a\u0085",
        "a\u2028b",
        " a",
        "a ",
        unicodedata.normalize("NFD", "엄마"),
        "가" * 11,
        "\ud800",
    ],
)
def test_names_that_act_on_a_screen_or_have_two_forms_are_refused(name: str) -> None:
    with pytest.raises(ProtocolError):
        check_name(name)
    with pytest.raises(ProtocolError):
        parse_name(name.encode("utf-8", "surrogatepass"))


@given(st.text(max_size=60))
def test_any_text_fits_as_a_name(text: str) -> None:
    name = fit_name(text)
    check_name(name)
    assert fit_name(name) == name


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("  엄마\n사랑  ", "엄마 사랑"),
        (unicodedata.normalize("NFD", "할머니"), "할머니"),
        ("가" * 12, "가" * 10),
        ("가" * 10 + "ab" + "é" * 3, "가" * 10 + "ab"),
        ("x" * 31 + "é", "x" * 31),
        ("x" * 30 + "ᄀ\u1161\u11a8\u11a8", "x" * 30),  # syllable that does not fit whole
        ("x" * 30 + "q\u0323\u0307", "x" * 30),  # letter with two marks that do not fit
        ("a\u202eb\x1b", "ab"),
        ("a\r\x1b\rb", "a b"),
    ],
)
def test_long_names_end_with_a_whole_syllable(text: str, name: str) -> None:
    assert fit_name(text) == name
    assert len(fit_name(text).encode()) <= MAX_NAME_BYTES
