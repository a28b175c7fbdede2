"""Operations of the community's parts: rosters, descriptors, tickets, pages, seals, the log, the schedule."""

import msgspec

from protocol.board.log import EntryReader, Seal, Seen, parse_seal, sign_seal
from protocol.board.page import chain_hash, encode_page, parse_page
from protocol.community import tickets
from protocol.community.access import unwrap_access, wrap_access
from protocol.community.descriptor import Descriptor, descriptor_hash, parse_descriptor, sign_descriptor
from protocol.community.roster import Roster, parse_roster, roster_hash, sign_roster
from protocol.primitives.kem import KemKey
from protocol.primitives.signing import check_signature, sign
from protocol.profile import Profile
from protocol.routes.exchange import Cursor
from protocol.routes.onion import Route
from protocol.routes.schedule import Schedule
from protocol.seams import RelayId, SeededEntropy
from protocol.streams.pigeonhole import Hole
from tests.kits.communities import COMMUNITY_KEY, COMMUNITY_SECRET, make_roster
from tests.vectors.operations import Args, Result, operation

SCHEDULE_KEY = bytes(range(32))


def _roster(a: Args) -> Roster:
    return msgspec.structs.replace(make_roster(a["relays"], tuple(a["guards"])), revoked=tuple(a.get("revoked", ())))


@operation("roster.sign")
def _roster_sign(a: Args) -> Result:
    roster = _roster(a)
    return {"roster": sign_roster(roster, COMMUNITY_SECRET), "hash": roster_hash(roster)}


@operation("roster.sign_body")
def _roster_sign_body(a: Args) -> Result:
    return {"roster": sign(COMMUNITY_SECRET, b"sosik roster", a["body"]) + a["body"]}


@operation("roster.parse")
def _roster_parse(a: Args) -> Result:
    roster = parse_roster(a["roster"], a.get("community_key", COMMUNITY_KEY))
    return {"name": roster.name, "version": roster.version, "relays": list(roster.numbers)}


@operation("access.wrap")
def _access_wrap(a: Args) -> Result:
    return {"box": wrap_access(COMMUNITY_KEY, a["epoch"], a["new"], a["old"], SeededEntropy(a["seed"]))}


@operation("access.unwrap")
def _access_unwrap(a: Args) -> Result:
    fields = {name: getattr(make_roster(), name) for name in Roster.__struct_fields__}
    roster = Roster(**fields | {"access_epoch": a["epoch"], "access_box": a["box"]})
    return {"secret": unwrap_access(roster, a["old"])}


@operation("signature.check")
def _signature_check(a: Args) -> Result:
    check_signature(a["key"], a["label"], a["message"], a["signature"])
    return {"holds": True}


@operation("descriptor.sign")
def _descriptor_sign(a: Args) -> Result:
    relay, day, day_key, slow_key, next_slow_key, link_key, interval, head = a["fields"]
    day_kem, door_kem = (KemKey(seed).public for seed in a["kem_seeds"])
    descriptor = Descriptor(
        RelayId(relay),
        day,
        day_key,
        day_kem,
        slow_key,
        next_slow_key,
        link_key,
        door_kem,
        interval,
        head,
        a.get("crowd"),
    )
    return {"descriptor": sign_descriptor(descriptor, a["identity"])}


@operation("descriptor.parse")
def _descriptor_parse(a: Args) -> Result:
    found = parse_descriptor(a["descriptor"], make_roster())
    return {"relay": found.relay, "day": found.day, "day_key": found.day_key, "hash": descriptor_hash(a["descriptor"])}


@operation("ticket.make")
def _ticket_make(a: Args) -> Result:
    first, second = a["relays"]
    entropy = SeededEntropy(a["seed"])
    ticket = tickets.make_ticket(a["desk"], COMMUNITY_KEY, (RelayId(first), RelayId(second)), a["expiry_day"], entropy)
    return {"ticket": ticket.encode(), "mark": tickets.spent_mark(ticket.serial)}


@operation("ticket.check")
def _ticket_check(a: Args) -> Result:
    return {"serial": tickets.check_ticket(a["ticket"], make_roster(), RelayId(a["relay"]), a["today"])}


@operation("page.encode")
def _page_encode(a: Args) -> Result:
    body = encode_page([Hole(hole) for hole in a["holes"]], RelayId(a["relay"]), a["interval"])
    return {"page": body, "chain": chain_hash(a["before"], body)}


@operation("page.parse")
def _page_parse(a: Args) -> Result:
    page = parse_page(a["page"])
    matches = page.matches([Hole(hole) for hole in a.get("watched", ())])
    return {"relay": page.relay, "interval": page.interval, "values": list(page.values), "matches": list(matches)}


@operation("seal.sign")
def _seal_sign(a: Args) -> Result:
    others = tuple(Seen(RelayId(relay), *rest) for relay, *rest in a["others"])
    roster_version, roster_hash = a["roster"]
    seal = Seal(RelayId(a["relay"]), a["interval"], a["chain"], others, roster_version, roster_hash)
    return {"seal": sign_seal(seal, a["identity"])}


@operation("seal.parse")
def _seal_parse(a: Args) -> Result:
    seal = parse_seal(a["seal"], make_roster())
    return {
        "relay": seal.relay,
        "interval": seal.interval,
        "roster_version": seal.roster_version,
        "others": [seen.relay for seen in seal.others],
        "today": [seen.today for seen in seal.others],
        "tomorrow": [seen.tomorrow for seen in seal.others],
    }


@operation("log.read")
def _log_read(a: Args) -> Result:
    start, following = Cursor(*a["start"]), Cursor(*a["next"])
    reader = EntryReader(start if a["unbroken"] else Cursor(1, 1), a["partial"] if a["unbroken"] else b"")
    entries, after = reader.feed(start, following, a["stretch"])
    return {"kinds": [entry.kind.value for entry in entries], "bodies": [e.body for e in entries], "cut": after.partial}


@operation("schedule.plan")
def _schedule_plan(a: Args) -> Result:
    start = Schedule.start(a["key"], float(a["now"]))
    slot, after = start.plan(_roster(a), Profile(a["profile"]), RelayId(a["guard"]))
    return {
        "next_key": after.key,
        "gap_ms": round((slot.at - a["now"]) * 1000),
        "deposit": slot.deposit,
        "packet": _route_of(slot.packet),
        "fetch": _route_of(slot.fetch),
    }


@operation("schedule.stored")
def _schedule_stored(a: Args) -> Result:
    schedule = Schedule.decode(a["state"])
    return {"state": schedule.encode(), "number": schedule.number, "at": round(schedule.at)}


def _route_of(route: Route) -> list[int]:
    holds = (route.hold_entry_s, route.hold_middle_s, route.hold_back_s)
    return [route.entry, route.middle, route.store, *(round(hold * 1000) for hold in holds)]
