"""Going on after a folder was put back from a copy: nothing of the old state is used, and each person is asked anew.

A run that went on from the copy may have used every index, pigeonhole and message key that the old state would use
next. So both sides of each relationship send a fresh card through a reserved pigeonhole, which no letter ever takes,
and meet by them: new chains, a new ratchet, and every letter that may not have arrived again under its number.

    sound -> asking     our folder was put back
    asking -> sound     their card came and answers ours: they go by both
    asking, sound -> told     their card came and does not; until they are heard on the new chains, only ours is sent
    told -> sound       they were heard, or their card answers ours
    sound -> replaced   their card answers one that we never made: another copy of our folder has asked

Invariant: a side that is not sound hands no slot anything but fresh cards, and these to nobody's chains. Cards are
content like any other: they make, move and skip no slot. Spec: docs/protocol.md, Put back.
Decision 130.
"""

from dataclasses import dataclass
from typing import Final

import msgspec

from client_cli.community.membership import constants
from client_cli.errors import VaultDamaged
from client_cli.people.contacts import (
    Fresh,
    FreshStart,
    Standing,
    ask_everybody,
    get_record,
    put_record,
    set_standing,
    standing_of,
    want_ack,
    with_standing,
)
from client_cli.randomness import Randomness
from client_cli.streams import in_flight, loop_watch, streams
from client_cli.streams.deposit import Deposit
from client_cli.streams.ratchets import get_assembler, put_conversation
from client_cli.vault.keys import Key
from client_cli.vault.transaction import Tx
from protocol.errors import ProtocolError
from protocol.letters.letter import LETTERS_AHEAD, MAX_LETTER_NUMBER
from protocol.people.handshake import meet
from protocol.people.key_card import (
    CARD_DAYS,
    CardKind,
    MeetCard,
    OwnCard,
    card_hash,
    encode_card,
    encode_own_card,
    make_card,
    parse_card,
    parse_own_card,
)
from protocol.primitives.days import DAY_S, day_of
from protocol.ratchet.fresh_card import NO_CARD, FreshCard, encode_fresh_card, parse_fresh_card
from protocol.seams import Entropy
from protocol.streams.cell import seal_cell
from protocol.streams.pigeonhole import hole_of

__all__ = ["Accepted", "PutBack", "accept_card", "ask", "find_put_back", "heard", "mark_put_back", "next_card"]

RETRY_SHARE: Final = 3
"""A card that is not heard is sent again this much sooner than a part of a letter: everything waits for it."""

MAX_AWAITED: Final = MAX_LETTER_NUMBER // 2
"""Our next letters are numbered from there: whoever names the last number there is must not leave us none."""


class PutBack(msgspec.Struct, frozen=True, array_like=True):
    """`since`: when it was noticed; `alone_until`: when the old state was certainly the only one. Unix seconds."""

    since: float
    alone_until: float


@dataclass(frozen=True, slots=True)
class Accepted:
    """What a card that was accepted means for letters of ours: those from `written_after` on of which nothing was sent
    need other numbers, `letters_from` at least, for a run from the copy may have given theirs to others."""

    letters_from: int
    written_after: float


def mark_put_back(tx: Tx, now: float, alone_until: float = 0.0) -> None:
    """The vault was put back from a copy, or may have been: use nothing of what it holds, and ask everybody.

    For whoever restores a vault, and for every sign that it was done. `alone_until`: see `PutBack`; 0 where it is not
    known. Needs no letters key.
    """
    tx.put(Key.PUT_BACK, msgspec.msgpack.encode(PutBack(now, min(alone_until, now))))
    ask_everybody(tx, now)
    # Our own loops begin from a new root; those of the other run are nothing to us.
    streams.forget_pair(tx, streams.LOOPS)
    in_flight.forget_person(tx, streams.LOOPS)
    loop_watch.interrupted(tx)
    tx.mark_erasing()


def find_put_back(tx: Tx) -> PutBack | None:
    """What is known of the last time that the vault was put back; None: it never was."""
    held = tx.get(Key.PUT_BACK)
    return None if held is None else msgspec.msgpack.decode(held, type=PutBack)


def ask(tx: Tx, contact: int, now: float) -> None:
    """What came from this person cannot be true of our state: ask them alone."""
    if standing_of(tx, contact) is Standing.SOUND:
        if not with_standing(tx, Standing.ASKING):
            tx.put(Key.PUT_BACK, msgspec.msgpack.encode(PutBack(now, 0.0)))
        set_standing(tx, contact, Standing.ASKING, now)


def next_card(tx: Tx, contact: int, oldest_letter: int, now: float, randomness: Randomness) -> Deposit | None:
    """Claim a reserved pigeonhole and seal our card for a person whose card is due; None: all of them are used, and
    only a meeting helps. `oldest_letter`: the lowest of ours that may still be sent.
    """
    standing, record = standing_of(tx, contact), get_record(tx, contact)
    pair = contact if standing is Standing.ASKING else streams.former(contact)
    send = streams.find_send(tx, pair)
    taken = None if send is None else send.claim_reserved(randomness.crypto)
    if send is None or taken is None:
        set_standing(tx, contact, standing)
        return None
    fresh = record.fresh
    if standing is Standing.ASKING and not _is_ours(tx, fresh):
        fresh = _new_card(tx, now, randomness.crypto)
        put_record(tx, contact, msgspec.structs.replace(record, fresh=fresh))
    if fresh is None:
        raise VaultDamaged
    said = FreshCard(
        card=_public(fresh),
        answers=fresh.theirs or NO_CARD,
        awaited=get_assembler(tx, contact).next_letter,
        oldest=oldest_letter,
    )
    streams.save_send(tx, pair, send)
    retry_s = constants(tx).retry_ms / 1000 / RETRY_SHARE
    wait_s = in_flight.retry_wait_s(send.reserved_used, retry_s, randomness.content)
    set_standing(tx, contact, standing, now + wait_s)
    return Deposit(hole_of(taken.take), seal_cell(taken.cell_key, encode_fresh_card(said), randomness.crypto))


def accept_card(tx: Tx, pair: int, message: bytes, now: float, entropy: Entropy) -> Accepted | None:
    """Take in what lay in a reserved pigeonhole of a pair of streams, a former one perhaps.

    ProtocolError: no card, or one that nobody can meet by; nothing has changed then. None: nothing is to be done about
    letters of ours.
    """
    said = parse_fresh_card(message)
    if said.awaited > MAX_AWAITED:
        raise ProtocolError("nobody has written so many letters")
    contact, theirs = abs(pair), card_hash(said.card)
    record, standing = get_record(tx, contact), standing_of(tx, contact)
    fresh = record.fresh
    answers_ours = fresh is not None and said.answers == card_hash(_public(fresh))
    if fresh is not None and fresh.theirs == theirs:
        # The card we met by, once more: they have not heard us.
        if standing is Standing.TOLD and answers_ours:
            set_standing(tx, contact, Standing.SOUND)
        want_ack(tx, contact, now)
        return None
    asked = standing is Standing.ASKING and _is_ours(tx, fresh)
    if said.answers != NO_CARD and not (asked and answers_ours):
        if standing is not Standing.ASKING:
            set_standing(tx, contact, Standing.REPLACED)
            put_record(tx, contact, msgspec.structs.replace(record, fresh_start=FreshStart(day_of(now), ours=True)))
        return None
    mine = fresh if asked and fresh is not None else _new_card(tx, now, entropy)
    if mine.secret is None:
        raise VaultDamaged
    relationship = meet(parse_own_card(mine.secret), said.card)
    if now + DAY_S < relationship.base_day * DAY_S:
        raise ProtocolError("a card of the future")
    from protocol.ratchet.conversation import Conversation  # late: as in client_cli.streams.ratchets

    if pair == contact:
        streams.put_aside(tx, contact)
    else:
        streams.forget_pair(tx, contact)
    in_flight.start_anew(tx, contact, now)
    base_s = float(relationship.base_day * DAY_S)
    streams.add_streams(tx, contact, relationship.send_root, relationship.receive_root, base_s)
    put_conversation(tx, contact, Conversation.create(relationship))
    put_back, ours = find_put_back(tx), standing is Standing.ASKING
    since = put_back.alone_until if ours and put_back is not None else now
    gone = max(0, said.oldest - get_assembler(tx, contact).next_letter) if ours else 0
    new = msgspec.structs.replace(
        record,
        own_card=None,
        binding=relationship.binding,
        fresh=msgspec.structs.replace(mine, secret=None, theirs=theirs),
        fresh_start=FreshStart(day_of(now), ours, day_of(since), gone),
    )
    put_record(tx, contact, new)
    set_standing(tx, contact, Standing.SOUND if answers_ours else Standing.TOLD, None if answers_ours else now)
    want_ack(tx, contact, now)
    tx.mark_erasing()
    return Accepted(said.awaited + LETTERS_AHEAD, since) if ours else None


def heard(tx: Tx, contact: int) -> None:
    """A message came on the present chains: they have both cards, and the former pair is done with."""
    standing = standing_of(tx, contact)
    if standing is Standing.TOLD:
        set_standing(tx, contact, Standing.SOUND)
    if standing in (Standing.TOLD, Standing.SOUND) and streams.has_pair(tx, streams.former(contact)):
        streams.forget_pair(tx, streams.former(contact))
        tx.mark_erasing()


def _is_ours(tx: Tx, fresh: Fresh | None) -> bool:
    """Whether a fresh card was made since the vault was last put back: an older one may be in use by another run."""
    put_back = find_put_back(tx)
    return fresh is not None and fresh.secret is not None and put_back is not None and fresh.marked >= put_back.since


def _new_card(tx: Tx, now: float, entropy: Entropy) -> Fresh:
    own: OwnCard = make_card(CardKind.MEET, "", day_of(now) + CARD_DAYS, entropy)
    put_back = find_put_back(tx)
    return Fresh(encode_card(own.card), encode_own_card(own), now if put_back is None else put_back.since)


def _public(fresh: Fresh) -> MeetCard:
    card = parse_card(fresh.own)
    if not isinstance(card, MeetCard):
        raise VaultDamaged
    return card
