"""Cases: pigeonholes, cells and letters; cards, handshake and ratchet messages."""

from typing import Any

from tests.vectors.cases import Group, repeat, result, seeded


def letters_group() -> Group:
    """Chains, cells, content, letters."""
    group = Group("letters")
    group.add("epoch", "chain.start", root=bytes(range(32)))
    state = result("epoch", "state")
    for index in range(3):
        group.add(f"index {index}", "chain.step", state=state, relays=[0, 1, 2])
        state = result(f"index {index}", "next_state")
    group.add("index 0 with relay 5 in the roster", "chain.step", state=result("epoch", "state"), relays=[0, 1, 2, 5])

    key = result("index 0", "cell_key")
    group.add("cell", "cell.seal", cell_key=key, message=seeded(b"message", 4056), seed=b"cell".ljust(32))
    group.add("cell opened", "cell.open", cell_key=key, cell=result("cell", "cell"))
    group.add(
        "cell of another index", "cell.open", "key", cell_key=result("index 1", "cell_key"), cell=result("cell", "cell")
    )
    group.add("cell altered", "cell.open", "altered", cell_key=key, cell=result("cell", "cell", flip=4095))
    group.add("cell of 4095 bytes", "cell.open", "size", cell_key=key, cell=result("cell", "cell", size=4095))

    body = "어머니께".encode()
    group.add("text", "letter.parse", letter=b"\1\1" + (20_000).to_bytes(2, "big") + body)
    group.add("letter of version 2", "letter.parse", "value", letter=b"\2\1\0\0" + body)
    group.add("letter of kind 5", "letter.parse", "value", letter=b"\1\5\0\0" + body)
    group.add("letter without body", "letter.parse", "size", letter=b"\1\1\0\0")
    group.add("text that is not UTF-8", "letter.parse", "value", letter=b"\1\1\0\0\xff")
    group.add("letter in three parts", "letter.split", letter=seeded(b"letter", 8000), number=7)

    base: dict[str, Any] = {"acks": [[2900, 5, 0b1011], [2901, 1, 1]], "floors": [[2901, 2]], "oldest_letter": 5,
                            "oldest_generation": 0}  # fmt: skip
    group.add("content with a part", "content.encode", **base, fragment=[7, 1, 2, b"rest of a letter"])
    group.add("content without a part", "content.encode", **base)
    later = {**base, "acks": [[2900, 5, 0b1011], [(9 << 32) + 2900, 1, 1]], "oldest_generation": 8}
    offer: list[Any] = [9, 2901, seeded(b"kem public", 1184)]
    group.add("content with an offer", "content.encode", **later, fragment=[7, 1, 2, b"rest of a letter"], offer=offer)
    for name in ("with a part", "without a part", "with an offer"):
        group.add(f"content {name} parsed", "content.parse", content=result(f"content {name}", "content"))
    content = "content with a part"
    for name, failure, change in (
        ("five epochs", "value", result(content, "content", (0, b"\5"))),
        ("epochs that descend", "value", result(content, "content", (5, b"\0\0\x0b\x56"))),
        ("ack below the first index", "value", result(content, "content", (18, b"\x2b"))),
        ("bytes after the acks", "padding", result(content, "content", (72, b"\1"))),
        ("bytes after the floors", "padding", result(content, "content", (113, b"\1"))),
        ("letter 0 as the oldest", "value", result(content, "content", (118, bytes(4)))),
        ("presence 2", "value", result(content, "content", (123, b"\2"))),
        ("part beyond the parts", "value", result(content, "content", (128, b"\2"))),
        ("letter too far ahead", "value", result(content, "content", (124, b"\0\0\4\5"))),
        ("length beyond the content", "size", result(content, "content", (130, b"\xff\xff"))),
        ("an offer that is not there", "size", result(content, "content", (122, b"\1"), (130, b"\x0f\0"))),
        ("a healing part of kind 3", "value", result(content, "content", (122, b"\3"))),
        ("generation 0 offered", "value", result("content with an offer", "content", (132 + 16, bytes(4)))),
        ("bytes after the part", "padding", result(content, "content", (3998, b"\1"))),
        ("3998 bytes", "size", result(content, "content", size=3998)),
    ):
        group.add(f"content: {name}", "content.parse", failure, content=change)
    return group


def cards_group() -> Group:
    """Cards in all forms, two cards that meet, a conversation."""
    group = Group("cards")
    for who in ("A", "B"):
        group.add(
            f"card of {who}",
            "card.make",
            kind=1,
            name="순희" if who == "A" else "",
            expiry_day=20_030,
            seed=who.encode().ljust(32),
        )
        card = result(f"card of {who}", "card")
        group.add(f"card of {who} parsed", "card.parse", card=card)
        group.add(f"card of {who} from its text", "card.parse_text", text=result(f"card of {who}", "text"))
        group.add(f"card of {who} to type", "lines.encode", card=card)
        group.add(f"card of {who} typed", "lines.parse", lines=result(f"card of {who} to type", "lines"))
    entry = [1, "https://relay.example/abcdefgh", b"door".ljust(32, b"."), bytes(32)]
    invite: dict[str, Any] = {"community_key": b"community".ljust(32, b"."), "name": "고향", "expiry_day": 20_030,
                              "pace_ms": 120_000, "roster_version": 7, "ticket": seeded(b"ticket", 96)}  # fmt: skip
    group.add("invitation", "card.invite", **invite, entries=[entry, [2, *entry[1:]]])
    group.add("invitation parsed", "card.parse", card=result("invitation", "card"))
    group.add("invitation with one relay", "card.invite", **invite, entries=[entry])
    group.add("invitation without a relay", "card.invite", "value", **invite, entries=[])
    group.add("invitation without a roster", "card.invite", "value", **{**invite, "roster_version": 0}, entries=[entry])
    group.add("name with a bidi control", "card.make", "value", kind=1, name="a\u202eb", expiry_day=1, seed=bytes(32))
    group.add("name of 33 bytes", "card.make", "size", kind=1, name="x" * 33, expiry_day=1, seed=bytes(32))
    group.add("mistyped card", "card.parse", "altered", card=result("card of A", "card", flip=40))
    group.add("card cut short", "card.parse", "size", card=result("card of A", "card", size=100))
    group.add("no card", "card.parse_text", "value", text="https://example.org/")
    group.add("mistyped line", "lines.parse", "altered", lines=["01 000G 40R4 0M30 E209 185G R38E 5J"])

    def side(own: str, theirs: str) -> dict[str, Any]:
        mine = f"card of {own}"
        secrets = {name: result(mine, name) for name in ("agreement_secret", "ratchet_secret")}
        return {"own_card": result(mine, "card"), "their_card": result(f"card of {theirs}", "card"), **secrets}

    group.add("A meets B", "handshake.meet", **side("A", "B"))
    group.add("B meets A", "handshake.meet", **side("B", "A"))
    group.add("words of A and B", "meeting.spoken", binding=result("A meets B", "binding"), community_key=repeat(7, 32))
    group.add("A meets A", "handshake.meet", "value", **side("A", "A"))
    group.add("another kind of card", "card.make", kind=2, name="", expiry_day=20_030, seed=b"C".ljust(32))
    group.add(
        "meet and introduce",
        "handshake.meet",
        "value",
        **{**side("A", "B"), "their_card": result("another kind of card", "card")},
    )

    contents = [seeded(bytes([turn]), 3999) for turn in range(4)]
    group.add("conversation", "ratchet.talk", sides=[side("A", "B"), side("B", "A")], seed=b"talk".ljust(32),
              turns=[[0, contents[0]], [1, contents[1]], [1, contents[2]], [0, contents[3]]])  # fmt: skip
    key = result("A meets B", "healing")
    generation: dict[str, Any] = {"key": key, "secret": seeded(b"kem secret", 32), "generation": 1, "epoch": 2900,
                                  "public": seeded(b"kem public", 1184),
                                  "ciphertext": seeded(b"kem ciphertext", 1088)}  # fmt: skip
    group.add("generation 1", "healing.roots", **generation)
    group.add("generation 2", "healing.roots",
              **{**generation, "key": result("generation 1", "key"), "generation": 2})  # fmt: skip
    group.add(
        "message of no session", "ratchet.open", "value", **side("A", "B"), message=b"\2" + bytes(4055), seed=bytes(32)
    )
    group.add("random message", "ratchet.open", "altered", **side("A", "B"), message=seeded(b"r", 4056), seed=bytes(32))
    group.add("message of 4055 bytes", "ratchet.open", "size", **side("A", "B"), message=bytes(4055), seed=bytes(32))
    return group
