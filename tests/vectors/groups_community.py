"""Cases: rosters and their kin, the board, the schedule."""

import struct
from typing import Any

import msgspec

from protocol.primitives.signing import sign, verify_key_of
from protocol.profile import Profile
from tests.kits.communities import DESK_SECRET, TODAY, identity_secret, make_roster
from tests.vectors.cases import Group, repeat, result, seeded
from tests.vectors.operations_community import SCHEDULE_KEY

SEED = b"community".ljust(32)


def roster_group() -> Group:
    """Signatures, rosters, access secrets, descriptors, tickets. The keys are those of tests/kits/communities."""
    group = Group("roster")
    seed = bytes(range(32))
    key, signature = verify_key_of(seed), sign(seed, b"label", b"message")
    group.add("signature", "signature.check", key=key, label=b"label", message=b"message", signature=signature)
    for name, label, message in (
        ("of another label", b"labe", b"message"),
        ("cut elsewhere", b"labelm", b"essage"),
        ("of another message", b"label", b"messagf"),
    ):
        group.add(
            f"signature {name}", "signature.check", "altered", key=key, label=label, message=message,
            signature=signature,
        )  # fmt: skip
    group.add(
        "signature under zeros", "signature.check", "key", key=bytes(32), label=b"", message=b"", signature=bytes(64)
    )

    group.add("roster", "roster.sign", relays=3, guards=[0])
    whole = result("roster", "roster")
    group.add("parse roster", "roster.parse", roster=whole)
    group.add("roster with a bit changed", "roster.parse", "altered", roster=result("roster", "roster", flip=200))
    group.add("roster of another community", "roster.parse", "key", roster=whole, community_key=key)
    body = msgspec.msgpack.encode(make_roster())
    fields = msgspec.msgpack.decode(body)
    for name, changed in (
        ("with an integer not in its shortest form", body.replace(b"\xa7version\x01", b"\xa7version\xcc\x01")),
        ("with an unknown field", msgspec.msgpack.encode(fields | {"extra": 1})),
        ("with a guard that is no relay", msgspec.msgpack.encode(fields | {"guards": [7]})),
        ("with something after it", body + b"\0"),
    ):
        group.add(f"sign roster {name}", "roster.sign_body", body=changed)
        group.add(f"roster {name}", "roster.parse", "value", roster=result(f"sign roster {name}", "roster"))

    first, second = b"\x50\x40" + bytes(16), b"\x50\x41" + bytes(16)
    group.add("roster with revoked certificates", "roster.sign", relays=3, guards=[0], revoked=[first, second])
    for name, revoked in (("out of order", [second, first]), ("twice", [first, first]), ("empty, but there", [])):
        changed = msgspec.msgpack.encode(fields | {"revoked": revoked})
        group.add(f"sign roster with revoked certificates {name}", "roster.sign_body", body=changed)
        group.add(
            f"roster with revoked certificates {name}", "roster.parse", "value",
            roster=result(f"sign roster with revoked certificates {name}", "roster"),
        )  # fmt: skip

    new, old = repeat(1, 32), repeat(2, 32)
    group.add("access box", "access.wrap", epoch=1, new=new, old=old, seed=SEED)
    group.add("open access box", "access.unwrap", epoch=1, old=old, box=result("access box", "box"))
    group.add(
        "access box of another epoch", "access.unwrap", "altered", epoch=2, old=old, box=result("access box", "box")
    )
    group.add(
        "access box under another secret", "access.unwrap", "key", epoch=1, old=new, box=result("access box", "box")
    )

    numbers = [1, TODAY, repeat(3, 32), repeat(4, 32), repeat(7, 32), repeat(5, 32), 77, repeat(6, 32)]
    seeds = [seeded(b"day kem", 64), seeded(b"door kem", 64)]
    made: dict[str, Any] = {"fields": numbers, "kem_seeds": seeds}
    group.add("descriptor", "descriptor.sign", **made, identity=identity_secret(1))
    group.add("descriptor with a crowd", "descriptor.sign", **made, identity=identity_secret(1), crowd=40)
    group.add(
        "parse descriptor with a crowd", "descriptor.parse", descriptor=result("descriptor with a crowd", "descriptor")
    )
    group.add("parse descriptor", "descriptor.parse", descriptor=result("descriptor", "descriptor"))
    group.add("descriptor of another", "descriptor.sign", **made, identity=identity_secret(2))
    small = {**made, "fields": [*numbers[:2], repeat(0, 32), *numbers[3:]]}
    group.add("descriptor with a small point", "descriptor.sign", **small, identity=identity_secret(1))
    for name, failure, data in (
        ("signed by another relay", "key", result("descriptor of another", "descriptor")),
        ("with a bit changed", "altered", result("descriptor", "descriptor", flip=40)),
        ("cut short", "size", result("descriptor", "descriptor", size=2600)),
        ("that nobody can seal to", "key", result("descriptor with a small point", "descriptor")),
        ("of a relay outside the roster", "value", result("descriptor", "descriptor", (0, b"\x09"))),
    ):
        group.add(f"descriptor {name}", "descriptor.parse", failure, descriptor=data)

    group.add("ticket", "ticket.make", desk=DESK_SECRET, relays=[0, 2], expiry_day=TODAY, seed=SEED)
    good = result("ticket", "ticket")
    group.add("check ticket", "ticket.check", ticket=good, relay=2, today=TODAY)
    for name, failure, data, relay, today in (
        ("at another relay", "value", good, 1, TODAY),
        ("after its day", "value", good, 0, TODAY + 1),
        ("with a bit changed", "altered", result("ticket", "ticket", flip=3), 0, TODAY),
        ("with something in its padding", "padding", result("ticket", "ticket", flip=95), 0, TODAY),
        ("cut short", "size", result("ticket", "ticket", size=84), 0, TODAY),
    ):
        group.add(f"ticket {name}", "ticket.check", failure, ticket=data, relay=relay, today=today)
    return group


def board_group() -> Group:
    """Pages, seals, the byte log."""
    group = Group("board")
    holes = [seeded(bytes([number]), 32) for number in range(4)]
    group.add("page of nothing", "page.encode", holes=[], relay=0, interval=0, before=bytes(32))
    before = result("page of nothing", "chain")
    group.add("page", "page.encode", holes=holes, relay=3, interval=77, before=before)
    group.add("same pigeonhole twice", "page.encode", holes=holes[:1] * 2, relay=3, interval=77, before=bytes(32))
    good = result("page", "page")
    group.add("parse page", "page.parse", page=good, watched=[*holes[2:], seeded(b"other", 32)])
    for name, failure, data in (
        ("too short", "size", result("page", "page", size=17)),
        ("too long", "size", result("page", "page", size=19)),
        ("shorter than its head", "size", result("page", "page", size=6)),
        ("whose set runs out of bits", "value", result("page", "page", (7, b"\xff" * 11))),
    ):
        group.add(f"page {name}", "page.parse", failure, page=data)
    padding = bytes.fromhex("0300000001" + "0001" + "000001")
    group.add("page with something in its padding", "page.parse", "padding", page=padding)
    beyond = bytes.fromhex("0300000001" + "0001" + "800000")
    group.add("page with a tag out of range", "page.parse", "value", page=beyond)

    others = [
        [0, 76, repeat(1, 32), repeat(3, 32), repeat(4, 32)],
        [2, 77, repeat(2, 32), repeat(5, 32), repeat(0, 32)],
    ]
    group.add(
        "seal",
        "seal.sign",
        relay=1,
        interval=77,
        chain=before,
        roster=[3, repeat(6, 32)],
        others=others,
        identity=identity_secret(1),
    )
    seal = result("seal", "seal")
    group.add("parse seal", "seal.parse", seal=seal)
    group.add("seal with a bit changed", "seal.parse", "altered", seal=result("seal", "seal", flip=8))
    group.add("seal with others out of order", "seal.parse", "value", seal=result("seal", "seal", (74, b"\x05")))
    group.add("seal with another count", "seal.parse", "size", seal=result("seal", "seal", (73, b"\x01")))
    group.add("seal cut short", "seal.parse", "size", seal=result("seal", "seal", size=100))

    mark = b"\x05\x00\x04\x00\x00\x00\x4d"
    read = {"start": [77, 0], "next": [77, 10], "partial": b"", "unbroken": True}
    group.add("log", "log.read", **read | {"stretch": mark + b"\x01\x00\x02"})
    group.add("log continued", "log.read", **read | {"partial": b"\x01\x00\x02", "stretch": b"ab" + mark})
    jumped = {"start": [77, 7], "next": [77, 20], "partial": b"", "unbroken": False}
    group.add("log from a mark", "log.read", **jumped | {"stretch": mark})
    group.add("log from inside an entry", "log.read", "value", **jumped | {"stretch": b"\x01\x00\x00"})
    group.add("log with an unknown kind", "log.read", "value", **read | {"stretch": b"\x06\x00\x00"})
    group.add("log with kind zero", "log.read", "value", **read | {"stretch": bytes(3)})
    group.add("log with a mark too long", "log.read", "size", **read | {"stretch": b"\x05\x00\x05"})
    return group


def schedule_group() -> Group:
    """Slots of each profile over rosters of each size."""
    group = Group("schedule")
    key = SCHEDULE_KEY
    for relays, guards, guard in ((1, [0], 0), (2, [0, 1], 1), (3, [0, 1, 2], 0), (5, [0, 1], 1)):
        for profile in Profile:
            name = f"{relays} relays, {profile.name.lower()}"
            group.add(
                name, "schedule.plan", key=key, now=1_000_000, relays=relays, guards=guards, guard=guard,
                profile=profile.value,
            )  # fmt: skip
    follow = result("3 relays, standard", "next_key")
    group.add("slot after", "schedule.plan", key=follow, now=1_000_000, relays=3, guards=[0, 1, 2], guard=0, profile=1)
    state = b"\x01" + key + (7).to_bytes(8, "big") + struct.pack(">d", 1_000_000.0)
    group.add("stored schedule", "schedule.stored", state=state)
    for name, failure, data in (
        ("of another version", "value", result("stored schedule", "state", (0, b"\x02"))),
        ("at no time", "value", result("stored schedule", "state", (41, struct.pack(">d", float("inf"))))),
        ("cut short", "size", result("stored schedule", "state", size=48)),
    ):
        group.add(f"stored schedule {name}", "schedule.stored", failure, state=data)
    return group
