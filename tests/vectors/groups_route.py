"""Cases: route layers and replies, the exchange."""

from typing import Any

from protocol.primitives.sealed_box import public_of
from tests.vectors.cases import Group, repeat, result, seeded
from tests.vectors.groups_base import KEM_CIPHERTEXT, KEM_SEED

SECRETS: list[Any] = [[number, b"vector relay".ljust(31, b".") + bytes([number])] for number in (1, 2, 3)]
HOLE, TAKE = bytes(range(32)), bytes(range(32, 64))
CELL = seeded(b"cell", 4096)
KINDS = {4237: "forward at the entry", 4183: "forward at the middle", 4129: "deposit", 245: "fetch at the entry",
         155: "fetch at the middle", 65: "fetch"}  # fmt: skip


def onion_group() -> Group:
    """Deposit, fetch and discard, peeled at every relay; a reply and its way back."""
    group = Group("onion")
    route: dict[str, Any] = {"route": [1, 2, 3], "secrets": SECRETS, "holds_ms": [1500, 70_000, 2**32 - 1]}
    group.add("deposit", "onion.deposit", **route, hole=HOLE, cell=CELL, seed=b"deposit".ljust(32))
    group.add("fetch", "onion.fetch", **route, take=TAKE, seed=b"fetch".ljust(32))
    for name, first in (("deposit", 4237), ("fetch", 245)):
        box, size = result(name, "field"), first
        for place, (_, secret) in zip(("entry", "middle", "store"), SECRETS, strict=True):
            group.add(f"{name} opened at the {place}", "box.open", secret=secret, box=box)
            plaintext = result(f"{name} opened at the {place}", "plaintext")
            group.add(f"{name} peeled at the {place}", "onion.peel", plaintext=plaintext)
            for wrong in (size - 1, size + 1):
                failed = {**plaintext, "size": wrong}
                group.add(f"{KINDS[size]} of {wrong} bytes", "onion.peel", "size", plaintext=failed)
            box = result(f"{name} peeled at the {place}", "inner")
            size -= 54 if name == "deposit" else 90
    group.add("a relay without a live key", "onion.deposit", **{**route, "secrets": SECRETS[:2]}, hole=HOLE, cell=CELL,
              seed=b"no key".ljust(32))  # fmt: skip
    for size in (4285, 293):
        group.add(f"discard of {size}", "onion.discard", entry=public_of(SECRETS[0][1]), size=size, seed=b"d".ljust(32))
        group.add(
            f"discard of {size} opened", "box.open", secret=SECRETS[0][1], box=result(f"discard of {size}", "field")
        )
        opened = f"discard of {size} opened"
        group.add(f"discard of {size} peeled", "onion.peel", plaintext=result(opened, "plaintext"))
        group.add(f"discard of {size} with content", "onion.peel", "padding",
                  plaintext=result(opened, "plaintext", (size - 49, b"\1")))  # fmt: skip
    group.add("discard of 100 bytes", "onion.peel", "size", plaintext=bytes(100))
    group.add("nothing", "onion.peel", "size", plaintext=b"")
    group.add("unknown kind", "onion.peel", "value", plaintext=b"\5" + bytes(64))
    group.add("entry that holds a reply", "onion.peel", "value",
              plaintext=result("fetch opened at the entry", "plaintext", (9, b"\1")))  # fmt: skip

    keys = result("fetch", "reply_keys")
    entry, middle, store = (b"reply key".ljust(31, b".") + bytes([number]) for number in (1, 2, 3))
    answers: tuple[tuple[str, dict[str, Any]], ...] = (("hit", {"cell": CELL}), ("miss", {}))
    for name, cell in answers:
        group.add(f"{name}: store", "reply.answer", reply_key=store, seed=b"answer".ljust(32), **cell)
        group.add(f"{name}: middle", "reply.wrap", reply_key=middle, body=result(f"{name}: store", "body"),
                  seed=b"middle".ljust(32))  # fmt: skip
        group.add(f"{name}: entry", "reply.wrap", reply_key=entry, body=result(f"{name}: middle", "body"),
                  seed=b"entry".ljust(32))  # fmt: skip
        group.add(
            f"{name}: opened", "reply.open", reply_keys=[entry, middle, store], body=result(f"{name}: entry", "body")
        )
    body = result("hit: entry", "body")
    group.add("reply to another fetch", "reply.open", "key", reply_keys=keys, body=body)
    group.add("reply altered by the store", "reply.open", "key", reply_keys=[entry, middle, bytes(32)], body=body)
    group.add("reply altered on the way", "reply.open", "altered", reply_keys=[entry, middle, store],
              body=result("hit: entry", "body", flip=2000))  # fmt: skip
    group.add("reply of 4216 bytes", "reply.open", "size", reply_keys=[entry, middle, store],
              body=result("hit: entry", "body", size=4216))  # fmt: skip
    group.add("reply with unknown status: store", "aead.seal", key=store, plaintext=repeat(2, 4097), aad=b"sosik reply",
              seed=b"answer".ljust(32))  # fmt: skip
    inner = "reply with unknown status: store"
    for place, key, name in (("middle", middle, "sealed"), ("entry", entry, "body")):
        group.add(f"reply with unknown status: {place}", "reply.wrap", reply_key=key, body=result(inner, name),
                  seed=b"wrap".ljust(32))  # fmt: skip
        inner = f"reply with unknown status: {place}"
    group.add(
        "reply with unknown status",
        "reply.open",
        "value",
        reply_keys=[entry, middle, store],
        body=result(inner, "body"),
    )
    group.add("reply of a size nobody sends", "reply.wrap", "size", reply_key=entry, body=bytes(4217), seed=bytes(32))
    return group


def exchange_group() -> Group:
    """Requests and responses."""
    group = Group("exchange")
    base: dict[str, Any] = {
        "profile": 1,
        "pass_kind": 0,
        "pass": b"access secret".ljust(32, b"."),
        "shelf": b"shelf".ljust(16, b"."),
        "next_shelf": b"next shelf".ljust(16, b"."),
        "collect": 7,
        "durable": 5,
        "response_key": b"response key".ljust(32, b"."),
        "cursor": [5_900_000, 1234],
        "packet": seeded(b"packet", 4285),
        "fetch": seeded(b"fetch", 293),
    }
    guard = b"vector guard".ljust(32, b".") + KEM_SEED
    group.add("request", "request.encode", **base)
    group.add("request parsed", "request.parse", plaintext=result("request", "plaintext"))
    group.add("request sealed", "hybrid.seal", secret=guard, ciphertext=KEM_CIPHERTEXT,
              plaintext=result("request", "plaintext"), seed=b"request".ljust(32))  # fmt: skip
    group.add("request opened", "hybrid.open", secret=guard, box=result("request sealed", "box"))
    ticket = {**base, "profile": 0, "pass_kind": 1, "pass": seeded(b"ticket", 96), "cursor": [0, 0]}
    group.add("request with a ticket", "request.encode", **ticket)
    group.add("request with a ticket parsed", "request.parse", plaintext=result("request with a ticket", "plaintext"))
    for name, failure, writes, size in (
        ("version 2", "value", [(0, b"\2")], None),
        ("profile 3", "value", [(1, b"\3")], None),
        ("kind of pass 2", "value", [(2, b"\2")], None),
        ("bytes after the access secret", "padding", [(98, b"\1")], None),
        ("bytes after the fetch", "padding", [(4757, b"\1")], None),
        ("last byte", "padding", [(4967, b"\1")], None),
        ("4967 bytes", "size", [], 4967),
        ("4969 bytes", "size", [], 4969),
        ("no bytes", "size", [], 0),
    ):
        plaintext = result("request", "plaintext", *writes, size=size)
        group.add(f"request: {name}", "request.parse", failure, plaintext=plaintext)

    key = base["response_key"]
    response: dict[str, Any] = {
        "status": 0,
        "access": b"access secret".ljust(32, b"."),
        "access_epoch": 3,
        "shelf_end": 8,
        "start": [5_900_000, 1234],
        "next": [5_900_000, 1241],
        "end": [5_900_001, 80],
        "stretch": b"stretch",
        "key": key,
        "profile": 1,
        "seed": b"response".ljust(32),
    }
    group.add("response with a reply", "response.seal", **response, reply=seeded(b"reply", 4217), reply_number=7)
    group.add("response without a reply", "response.seal", **response)
    group.add(
        "response for metered", "response.seal", **{**response, "profile": 0, "stretch": seeded(b"board", 12_056)}
    )
    group.add("full response for guarded", "response.seal", **{**response, "profile": 2, "stretch": seeded(b"b", 3864)})
    for name in ("with a reply", "without a reply", "for metered"):
        group.add(f"response {name} opened", "response.open", key=key, body=result(f"response {name}", "body"))
    body = result("response with a reply", "body")
    group.add("response under another key", "response.open", "key", key=bytes(32), body=body)
    group.add("response altered", "response.open", "altered", key=key,
              body=result("response with a reply", "body", flip=5000))  # fmt: skip
    group.add("random response", "response.open", "altered", key=key, body=seeded(b"random", 8192))
    for size in (0, 8191, 8193, 16_383):
        group.add(f"response of {size} bytes", "response.open", "size", key=key,
                  body=result("response with a reply", "body", size=size))  # fmt: skip
    group.add("response in the clear", "aead.open", key=key, sealed=result("response without a reply", "body"),
              aad=b"sosik response")  # fmt: skip
    for name, failure, write in (
        ("version 0", "value", (0, b"\0")),
        ("status 3", "value", (1, b"\3")),
        ("presence 2", "value", (36, b"\2")),
        ("number of an absent reply", "value", (37, b"\1")),
        ("bytes of an absent reply", "padding", (45, b"\1")),
        ("stretch longer than its field", "size", (4286, b"\xff\xff")),
        ("stretch shorter than it says", "padding", (4286, b"\0\6")),
        ("bytes after the stretch", "padding", (8151, b"\1")),
    ):
        sealed = f"response sealed with {name}"
        plaintext = result("response in the clear", "plaintext", write)
        group.add(sealed, "aead.seal", key=key, plaintext=plaintext, aad=b"sosik response", seed=b"bad".ljust(32))
        group.add(f"response: {name}", "response.open", failure, key=key, body=result(sealed, "sealed"))
    return group
