"""Cases: signatures, roster, admission, descriptors, board, schedule."""

from typing import Any

from protocol.signing import verify_key_of
from tests.vectors.cases import Group, repeat, result

COMMUNITY = b"vector community".ljust(32, b".")
DESK = b"vector desk".ljust(32, b".")
IDENTITIES = [b"vector identity".ljust(31, b".") + bytes([number]) for number in range(3)]
HOLES = [bytes([number]) * 32 for number in range(1, 6)]


def community_group() -> Group:
    """What the community and its relays sign and list."""
    group = Group("community")
    key = verify_key_of(COMMUNITY)
    group.add("signature", "sign", secret=COMMUNITY, label=b"label", message=b"message")
    signature = result("signature", "signature")
    group.add("signature holds", "sign.check", key=key, label=b"label", message=b"message", signature=signature)
    group.add(
        "under another label", "sign.check", "altered", key=key, label=b"labe", message=b"lmessage", signature=signature
    )
    group.add(
        "by another key",
        "sign.check",
        "key",
        key=verify_key_of(DESK),
        label=b"label",
        message=b"message",
        signature=signature,
    )
    group.add("signature of 63 bytes", "sign.check", "size", key=key, label=b"label", message=b"message",
              signature=result("signature", "signature", size=63))  # fmt: skip

    relays = [[number, f"https://r{number}.example/path", verify_key_of(secret), repeat(number + 1, 32), repeat(0, 32)]
              for number, secret in enumerate(IDENTITIES)]  # fmt: skip
    group.add("roster", "roster.sign", secret=COMMUNITY, name="고향", issued_day=20_000,
              expires_day=20_090, relays=relays, next_number=3,
              guards=[0, 1], desk_keys=[verify_key_of(DESK)])  # fmt: skip
    known: dict[str, Any] = {"roster": result("roster", "roster"), "community_key": key}
    group.add("roster parsed", "roster.parse", **known)
    group.add("roster of another community", "roster.parse", "key", **{**known, "community_key": verify_key_of(DESK)})
    group.add("roster altered", "roster.parse", "altered", **{**known, "roster": result("roster", "roster", flip=100)})
    group.add("roster cut", "roster.parse", "size", **{**known, "roster": result("roster", "roster", size=64)})
    group.add(
        "access box", "access.wrap", community_key=key, epoch=1, new=repeat(1, 32), old=repeat(2, 32), seed=bytes(32)
    )

    group.add(
        "ticket", "ticket.make", desk_secret=DESK, community_key=key, relays=[0, 2], expiry_day=20_010, seed=bytes(32)
    )
    ticket: dict[str, Any] = {**known, "ticket": result("ticket", "ticket"), "relay": 2, "today": 20_010}
    group.add("ticket admits", "ticket.check", **ticket)
    group.add("ticket of yesterday", "ticket.check", "value", **{**ticket, "today": 20_011})
    group.add("ticket for other relays", "ticket.check", "value", **{**ticket, "relay": 1})
    group.add(
        "ticket with a tail", "ticket.check", "padding", **{**ticket, "ticket": result("ticket", "ticket", flip=95)}
    )
    group.add("ticket altered", "ticket.check", "altered", **{**ticket, "ticket": result("ticket", "ticket", flip=0)})
    group.add("ticket of 95 bytes", "ticket.check", "size", **{**ticket, "ticket": result("ticket", "ticket", size=95)})

    fields = [1, 20_000, repeat(1, 32), 24_297, repeat(2, 32), 20_000, repeat(3, 32), 5_760_000, repeat(4, 32)]
    group.add("descriptor", "descriptor.sign", fields=fields, identity_secret=IDENTITIES[1])
    data = result("descriptor", "descriptor")
    group.add("descriptor parsed", "descriptor.parse", **known, descriptor=data)
    for name, failure, change in (
        ("altered", "altered", result("descriptor", "descriptor", flip=10)),
        ("of another relay", "key", result("descriptor", "descriptor", (0, b"\2"))),
        ("of a relay not in the roster", "value", result("descriptor", "descriptor", (0, b"\7"))),
        ("of 202 bytes", "size", result("descriptor", "descriptor", size=202)),
    ):
        group.add(f"descriptor {name}", "descriptor.parse", failure, **known, descriptor=change)
    return group


def board_group() -> Group:
    """Pages, seals, the log; the schedule, which needs a roster too."""
    group = Group("board")
    key = verify_key_of(COMMUNITY)
    relays = [[number, f"https://r{number}.example/path", verify_key_of(secret), repeat(number + 1, 32), repeat(0, 32)]
              for number, secret in enumerate(IDENTITIES)]  # fmt: skip
    group.add("roster", "roster.sign", secret=COMMUNITY, name="고향", issued_day=20_000,
              expires_day=20_090, relays=relays, next_number=3, guards=[0, 1], desk_keys=[])  # fmt: skip
    known: dict[str, Any] = {"roster": result("roster", "roster"), "community_key": key}

    group.add("page", "page.encode", holes=HOLES, relay=1, interval=5_760_000)
    group.add("page parsed", "page.parse", page=result("page", "page"), holes=[*HOLES, bytes(32)])
    group.add("empty page", "page.encode", holes=[], relay=1, interval=5_760_001)
    group.add("empty page parsed", "page.parse", page=result("empty page", "page"), holes=HOLES)
    for name, failure, change in (
        ("a byte short", "size", result("page", "page", size=20)),
        ("a byte long", "size", result("page", "page", size=22)),
        ("with a larger count", "size", result("page", "page", (6, b"\6"))),
        ("of ones alone", "value", result("page", "page", (7, b"\xff" * 14))),
        ("with a bit after its tags", "padding", result("page", "page", flip=20)),
    ):
        group.add(f"page {name}", "page.parse", failure, page=change, holes=[])

    chain = result("page", "chain")
    others = [[0, 5_760_000, repeat(8, 32)], [2, 5_759_999, repeat(9, 32)]]
    group.add(
        "seal", "seal.sign", relay=1, interval=5_760_000, chain=chain, others=others, identity_secret=IDENTITIES[1]
    )
    group.add("seal parsed", "seal.parse", **known, seal=result("seal", "seal"))
    for name, failure, change in (
        ("altered", "altered", result("seal", "seal", flip=6)),
        ("of another relay", "value", result("seal", "seal", (0, b"\2"))),
        ("out of order", "value", result("seal", "seal", (38, b"\3"))),
        ("cut", "size", result("seal", "seal", size=60)),
    ):
        group.add(f"seal {name}", "seal.parse", failure, **known, seal=change)

    mark = b"\5\0\4" + (5_760_000).to_bytes(4, "big")
    group.add("log", "log.read", bytes=mark + b"\1\0\7" + b"\1" + bytes(6) + b"\2\0")
    group.add("log with an unknown entry", "log.read", "value", bytes=mark + b"\6\0\0")
    group.add("log with a long mark", "log.read", "size", bytes=b"\5\0\5" + bytes(5))

    for profile in range(3):
        group.add(f"schedule of profile {profile}", "schedule.plan", **known, key=b"schedule".ljust(32),
                  profile=profile, guard=0, slots=4)  # fmt: skip
    return group
