"""Operations of vectors: rosters, admission, descriptors, board, schedule."""

from typing import Any

from protocol import access, board_log, board_page, descriptor, roster, schedule, signing, tickets
from protocol.board_log import EntryReader, Seal, Seen
from protocol.exchange import Cursor
from protocol.pigeonhole import Hole
from protocol.profile import Profile
from protocol.roster import Roster, RosterRelay
from protocol.roster_constants import parse_constants
from protocol.seams import RelayId, SeededEntropy
from tests.vectors.operations import Args, Result, operation


@operation("sign")
def _sign(a: Args) -> Result:
    return {"signature": signing.sign(a["secret"], a["label"], a["message"])}


@operation("sign.check")
def _check(a: Args) -> Result:
    signing.check_signature(a["key"], a["label"], a["message"], a["signature"])
    return {}


@operation("roster.sign")
def _sign_roster(a: Args) -> Result:
    made = Roster(
        community_key=signing.verify_key_of(a["secret"]),
        name=a["name"],
        version=1,
        issued_day=a["issued_day"],
        expires_day=a["expires_day"],
        constants=parse_constants({}),
        relays=tuple(RosterRelay(*relay) for relay in a["relays"]),
        next_number=a["next_number"],
        guards=tuple(a["guards"]),
        desk_keys=tuple(a["desk_keys"]),
        access_epoch=0,
        access_box=b"",
        previous=roster.NO_PREVIOUS,
    )
    return {"roster": roster.sign_roster(made, a["secret"]), "hash": roster.roster_hash(made)}


def _roster(a: Args) -> Roster:
    return roster.parse_roster(a["roster"], a["community_key"])


@operation("roster.parse")
def _parse_roster(a: Args) -> Result:
    found = _roster(a)
    return {"name": found.name, "relays": list(found.numbers), "guards": list(found.guard_order)}


@operation("access.wrap")
def _wrap(a: Args) -> Result:
    return {"box": access.wrap_access(a["community_key"], a["epoch"], a["new"], a["old"], SeededEntropy(a["seed"]))}


@operation("ticket.make")
def _make_ticket(a: Args) -> Result:
    first, second = (RelayId(relay) for relay in a["relays"])
    made = tickets.make_ticket(
        a["desk_secret"], a["community_key"], (first, second), a["expiry_day"], SeededEntropy(a["seed"])
    )
    return {"ticket": made.encode(), "spent": tickets.spent_mark(made.serial)}


@operation("ticket.check")
def _check_ticket(a: Args) -> Result:
    return {"serial": tickets.check_ticket(a["ticket"], _roster(a), RelayId(a["relay"]), a["today"])}


@operation("descriptor.sign")
def _sign_descriptor(a: Args) -> Result:
    made = descriptor.Descriptor(*a["fields"])
    return {"descriptor": descriptor.sign_descriptor(made, a["identity_secret"])}


@operation("descriptor.parse")
def _parse_descriptor(a: Args) -> Result:
    d = descriptor.parse_descriptor(a["descriptor"], _roster(a))
    return {"relay": d.relay, "day": d.day, "month": d.month, "link_day": d.link_day, "head_interval": d.head_interval}


@operation("page.encode")
def _encode_page(a: Args) -> Result:
    page = board_page.encode_page([Hole(hole) for hole in a["holes"]], RelayId(a["relay"]), a["interval"])
    return {"page": page, "chain": board_page.chain_hash(board_page.CHAIN_START, page)}


@operation("page.parse")
def _parse_page(a: Args) -> Result:
    page = board_page.parse_page(a["page"])
    listed = page.matches([Hole(hole) for hole in a["holes"]])
    return {"relay": page.relay, "interval": page.interval, "values": list(page.values), "listed": list(listed)}


@operation("seal.sign")
def _sign_seal(a: Args) -> Result:
    others = tuple(Seen(RelayId(relay), interval, chain) for relay, interval, chain in a["others"])
    seal = Seal(RelayId(a["relay"]), a["interval"], a["chain"], others)
    return {"seal": board_log.sign_seal(seal, a["identity_secret"])}


@operation("seal.parse")
def _parse_seal(a: Args) -> Result:
    seal = board_log.parse_seal(a["seal"], _roster(a))
    return {"relay": seal.relay, "interval": seal.interval, "others": [seen.relay for seen in seal.others]}


@operation("log.read")
def _read_log(a: Args) -> Result:
    entries, reader = EntryReader().feed(Cursor(0, 0), Cursor(1, 1), a["bytes"])
    found: list[Any] = [[int(entry.kind), entry.body] for entry in entries]
    return {"entries": found, "partial": reader.partial}


@operation("schedule.plan")
def _plan(a: Args) -> Result:
    """Draw slots; times are told in microseconds after the start, holds in milliseconds."""
    state = schedule.Schedule.start(a["key"], 0.0)
    slots: list[Any] = []
    for _ in range(a["slots"]):
        slot, state = state.plan(_roster(a), Profile(a["profile"]), RelayId(a["guard"]))
        routes = [
            [r.entry, r.middle, r.store]
            + [round(hold * 1000) for hold in (r.hold_entry_s, r.hold_middle_s, r.hold_back_s)]
            for r in (slot.packet, slot.fetch)
        ]
        slots.append([slot.number, round(slot.at * 1e6), slot.deposit, *routes])
    return {"slots": slots, "key": state.key}
