"""Operations of vectors: pigeonholes, cells, letters, ratchet messages, cards, handshake."""

from typing import Any

from protocol.letters import healing_part, letter
from protocol.people import handshake, key_card, spoken_words, typed_card
from protocol.ratchet import healing
from protocol.ratchet.conversation import Conversation
from protocol.seams import RelayId, SeededEntropy
from protocol.streams import acks, cell, pigeonhole
from protocol.streams.generations import Where
from protocol.streams.pigeonhole import ChainRoot, ChainState
from tests.vectors.operations import Args, Result, operation


@operation("chain.start")
def _chain(a: Args) -> Result:
    root = ChainRoot(a["root"])
    return {"state": pigeonhole.chain_start(root), "next_root": pigeonhole.next_root(root)}


@operation("chain.step")
def _step(a: Args) -> Result:
    found, following = pigeonhole.step(ChainState(a["state"]), [RelayId(relay) for relay in a["relays"]])
    return {
        "take": found.take,
        "hole": pigeonhole.hole_of(found.take),
        "cell_key": found.cell_key,
        "store": found.store,
        "next_state": following,
    }


@operation("cell.seal")
def _seal_cell(a: Args) -> Result:
    return {"cell": cell.seal_cell(a["cell_key"], a["message"], SeededEntropy(a["seed"]))}


@operation("cell.open")
def _open_cell(a: Args) -> Result:
    return {"message": cell.open_cell(a["cell_key"], a["cell"])}


@operation("content.encode")
def _encode_content(a: Args) -> Result:
    entries = tuple(acks.EpochAcks(epoch, floor, bitmap) for epoch, floor, bitmap in a["acks"])
    floors = tuple((epoch, floor) for epoch, floor in a["floors"])
    fragment = letter.Fragment(*a["fragment"]) if "fragment" in a else None
    offer = healing_part.Offer(*a["offer"]) if "offer" in a else None
    content = letter.CellContent(
        acks.Acks(entries), floors, a["oldest_letter"], fragment, a["oldest_generation"], offer
    )
    return {"content": letter.encode_content(content)}


@operation("content.parse")
def _parse_content(a: Args) -> Result:
    content = letter.parse_content(a["content"])
    part = content.fragment
    return {
        "acks": [[entry.epoch, entry.end, entry.bitmap] for entry in content.acks.epochs],
        "floors": [list(floor) for floor in content.floors],
        "oldest_letter": content.oldest_letter,
        "oldest_generation": content.oldest_generation,
        "healing": content.healing.encode() if content.healing else None,
        "fragment": [part.letter, part.part, part.parts, part.data] if part else None,
    }


@operation("letter.parse")
def _parse_letter(a: Args) -> Result:
    found = letter.parse_letter(a["letter"])
    return {"kind": int(found.kind), "written_day": found.written_day, "body": found.body}


@operation("letter.split")
def _split_letter(a: Args) -> Result:
    return {"fragments": [[part.part, part.parts, part.data] for part in letter.split(a["letter"], a["number"])]}


@operation("card.make")
def _make_card(a: Args) -> Result:
    own = key_card.make_card(key_card.CardKind(a["kind"]), a["name"], a["expiry_day"], SeededEntropy(a["seed"]))
    return {
        "card": key_card.encode_card(own.card),
        "text": key_card.encode_card_text(own.card),
        "agreement_secret": own.agreement_secret,
        "ratchet_secret": own.ratchet_secret,
        "hash": key_card.card_hash(own.card),
    }


@operation("card.invite")
def _invite(a: Args) -> Result:
    entries = tuple(key_card.Entry(RelayId(relay), url, door, pin) for relay, url, door, pin in a["entries"])
    lead = (a["community_key"], a["name"], a["expiry_day"], a["pace_ms"], a["roster_version"])
    card = key_card.InviteCard(*lead, entries, a["ticket"])
    return {"card": key_card.encode_card(card), "text": key_card.encode_card_text(card)}


@operation("card.parse")
def _parse_card(a: Args) -> Result:
    card = key_card.parse_card(a["card"])
    return {"kind": type(card).__name__, "name": card.name, "expiry_day": card.expiry_day}


@operation("card.parse_text")
def _parse_card_text(a: Args) -> Result:
    return {"card": key_card.encode_card(key_card.parse_card_text(a["text"]))}


@operation("lines.encode")
def _lines(a: Args) -> Result:
    return {"lines": typed_card.to_lines(a["card"])}


@operation("lines.parse")
def _parse_lines(a: Args) -> Result:
    return {"card": typed_card.parse_lines(a["lines"])}


def _relationship(a: Args) -> handshake.Relationship:
    card = key_card.parse_card(a["own_card"])
    theirs = key_card.parse_card(a["their_card"])
    if not (isinstance(card, key_card.MeetCard) and isinstance(theirs, key_card.MeetCard)):
        raise TypeError("a meeting takes two meet cards")
    return handshake.meet(key_card.OwnCard(card, a["agreement_secret"], a["ratchet_secret"]), theirs)


@operation("handshake.meet")
def _meet(a: Args) -> Result:
    r = _relationship(a)
    return {
        "root": r.root,
        "first": r.first,
        "base_day": r.base_day,
        "send_root": r.send_root,
        "receive_root": r.receive_root,
        "own_session": r.own_session,
        "their_session": r.their_session,
        "healing": r.healing,
        "binding": r.binding,
    }


@operation("meeting.spoken")
def _spoken(a: Args) -> Result:
    return {"numbers": list(spoken_words.spoken_numbers(a["binding"], a["community_key"]))}


@operation("ratchet.talk")
def _talk(a: Args) -> Result:
    """Two people talk: each turn is [who, content]; what is sealed is opened by the other side at once."""
    sides = [Conversation.create(_relationship(side)) for side in a["sides"]]
    entropy = SeededEntropy(a["seed"])
    messages: list[Any] = []
    for who, content in a["turns"]:
        messages.append(sides[who].seal(content, entropy))
        if sides[1 - who].open(messages[-1], entropy, Where()) != content:
            raise ValueError("a message opened to something else")
    return {"messages": messages}


@operation("ratchet.open")
def _open_message(a: Args) -> Result:
    conversation = Conversation.create(_relationship(a))
    return {"content": conversation.open(a["message"], SeededEntropy(a["seed"]), Where())}


@operation("healing.roots")
def _heal(a: Args) -> Result:
    offer = healing_part.Offer(a["generation"], a["epoch"], a["public"])
    roots = healing.roots_of(a["key"], a["secret"], offer, a["ciphertext"])
    return {"key": roots.key, "tag": roots.tag, "first": roots.first, "second": roots.second}
