"""Cases: derivation, sealing, links."""

from typing import Any

from protocol.primitives.sealed_box import public_of
from tests.vectors.cases import Group, repeat, result, seeded

SECRET_A = b"vector secret A".ljust(32, b".")
SECRET_B = b"vector secret B".ljust(32, b".")
SMALL_ORDER = [
    bytes(32),
    b"\1" + bytes(31),
    (2**255 - 20).to_bytes(32, "little"),
    (325606250916557431795983626356110631294008115727848805560023387167927233504).to_bytes(32, "little"),
    (39382357235489614581723060781553021112529911719440698176882885853963445705823).to_bytes(32, "little"),
]


def derivation_group() -> Group:
    """Seeded bytes, derivation, draws."""
    group = Group("derivation")
    group.add("stream of a seed", "entropy", seed=bytes(range(32)), size=200)
    for name, label, parts, key, size in (
        ("no parts", b"test", [], b"", 32),
        ("one empty part", b"test", [b""], b"", 32),
        ("two parts", b"test", [b"ab", b"c"], b"", 32),
        ("two parts cut elsewhere", b"test", [b"a", b"bc"], b"", 32),
        ("longest label, key and size", b"0123456789abcdef", [b"part"], bytes(range(64)), 64),
        ("shortest size", b"test", [b"part"], b"", 1),
    ):
        group.add(name, "derive", label=label, parts=parts, key=key, size=size)
    for name, data in (
        ("zero", bytes(7)),
        ("half", b"\x80" + bytes(6)),
        ("highest", b"\xff" * 7),
        ("some", b"sosikab"),
    ):
        group.add(f"draw: {name}", "uniform", bytes=data, mean_ms=300_000)
    return group


def sealing_group() -> Group:
    """AEAD and sealed boxes."""
    group = Group("sealing")
    key, aad, seed = bytes(range(32)), b"vector", b"sealing".ljust(32)
    group.add("seal", "aead.seal", key=key, plaintext=b"word from home", aad=aad, seed=seed)
    group.add("seal nothing", "aead.seal", key=key, plaintext=b"", aad=b"", seed=seed)
    sealed = result("seal", "sealed")
    group.add("open", "aead.open", key=key, sealed=sealed, aad=aad)
    group.add("open with another key", "aead.open", "key", key=bytes(32), sealed=sealed, aad=aad)
    group.add("open with other data", "aead.open", "altered", key=key, sealed=sealed, aad=b"Vector")
    for name, at in (("nonce", 0), ("ciphertext", 24), ("tag", 53)):
        group.add(f"altered {name}", "aead.open", "altered", key=key, sealed=result("seal", "sealed", flip=at), aad=aad)
    for size in (0, 39, 53, 55):
        group.add(f"sealed text of {size} bytes", "aead.open", "size" if size < 40 else "altered", key=key, aad=aad,
                  sealed=result("seal", "sealed", size=size))  # fmt: skip

    group.add("box", "box.seal", recipient=public_of(SECRET_A), plaintext=b"word from home", seed=seed)
    box = result("box", "box")
    group.add("open the box", "box.open", secret=SECRET_A, box=box)
    group.add("tag of the box", "box.tag", box=box)
    group.add("box for another", "box.open", "key", secret=SECRET_B, box=box)
    for name, at in (("ephemeral key", 0), ("tag", 32), ("ciphertext", 48)):
        group.add(f"box with altered {name}", "box.open", "altered", secret=SECRET_A, box=result("box", "box", flip=at))
    for size in (0, 47, 61, 63):
        group.add(f"box of {size} bytes", "box.open", "size" if size < 48 else "altered", secret=SECRET_A,
                  box=result("box", "box", size=size))  # fmt: skip
    for number, point in enumerate(SMALL_ORDER):
        group.add(f"recipient of small order {number}", "box.seal", "key", recipient=point, plaintext=b"", seed=seed)
        group.add(f"ephemeral key of small order {number}", "box.open", "key", secret=SECRET_A,
                  box=result("box", "box", (0, point)))  # fmt: skip
    group.add("recipient of 31 bytes", "box.seal", "size", recipient=bytes(31), plaintext=b"", seed=seed)
    return group


def links_group() -> Group:
    """Frames, batches, acknowledgements, pieces."""
    group = Group("links")
    seed = b"links".ljust(32)
    a: dict[str, Any] = {"own_secret": SECRET_A, "peer_public": public_of(SECRET_B)}
    b: dict[str, Any] = {"own_secret": SECRET_B, "peer_public": public_of(SECRET_A)}
    group.add("secret at A", "link.secret", **a)
    group.add("secret at B", "link.secret", **b)
    group.add("peer of small order", "link.secret", "key", own_secret=SECRET_A, peer_public=bytes(32))

    none, ref = bytes(16), b"sixteen byte ref"
    for name, kind, reference, body in (
        ("deposit to the middle", 1, none, seeded(b"frame 1", 4231)),
        ("deposit to the store", 1, none, seeded(b"frame 2", 4177)),
        ("fetch to the middle", 1, ref, seeded(b"frame 3", 203)),
        ("fetch to the store", 1, ref, seeded(b"frame 4", 113)),
        ("reply of the store", 2, ref, seeded(b"frame 5", 4137)),
        ("reply of the middle", 2, ref, seeded(b"frame 6", 4177)),
        ("piece of the board", 3, none, b"0123456789piece"),
    ):
        group.add(f"frame: {name}", "frame.encode", kind=kind, ref=reference, body=body)
        group.add(f"parsed: {name}", "frame.parse", frame=result(f"frame: {name}", "frame"))
    fetch = "frame: fetch to the store"
    bad: tuple[tuple[str, str, dict[str, Any]], ...] = (
        ("unknown kind", "value", result(fetch, "frame", (0, b"\4"))),
        ("reply in the size of a fetch", "value", result(fetch, "frame", (0, b"\2"))),
        ("length beyond the frame", "size", result(fetch, "frame", (17, b"\xff\xff"))),
        ("length one short", "padding", result(fetch, "frame", (18, b"\x70"))),
        ("bytes after the body", "padding", result(fetch, "frame", (4249, b"\1"))),
        ("deposit with a reference", "value", result("frame: deposit to the store", "frame", (1, b"\1"))),
        ("frame of 4249 bytes", "size", result(fetch, "frame", size=4249)),
        ("frame of 4251 bytes", "size", result(fetch, "frame", size=4251)),
    )
    for name, failure, frame in bad:
        group.add(name, "frame.parse", failure, frame=frame)

    head = [1, 2, 20_000, 0xFFFF]
    frames = [result(fetch, "frame"), result("frame: reply of the store", "frame")]
    group.add("batch", "batch.seal", **a, head=head, boot=b"bootboot", seq=7, frames=frames, seed=seed)
    batch = result("batch", "batch")
    group.add("batch opened", "batch.open", **b, batch=batch)
    group.add(
        "batch under another key",
        "batch.open",
        "key",
        own_secret=SECRET_B,
        peer_public=public_of(SECRET_B),
        batch=batch,
    )
    group.add(
        "batch reflected", "batch.open", "altered", **a, batch=result("batch", "batch", (1, b"\2\1\xff\xff\x4e\x20"))
    )
    for name, at in (("version", 0), ("sender", 1), ("receiver", 2), ("day", 4), ("nonce", 7), ("frame", 60)):
        group.add(f"batch with altered {name}", "batch.open", "value" if at == 0 else "altered", **b,
                  batch=result("batch", "batch", flip=at))  # fmt: skip
    for size in (0, 65, 4314, 8564, 8566):
        group.add(f"batch of {size} bytes", "batch.open", "size", **b, batch=result("batch", "batch", size=size))
    group.add("ack", "ack.seal", **b, head=head, boot=b"bootboot", seq=7, status=0, seed=seed)
    group.add("ack opened", "ack.open", **a, head=head, ack=result("ack", "ack"))
    group.add("ack for another head", "ack.open", "altered", **a, head=[1, 2, 20_001, 0xFFFF], ack=result("ack", "ack"))
    group.add("random ack", "ack.open", "altered", **a, head=head, ack=seeded(b"ack", 128))
    group.add("ack of 127 bytes", "ack.open", "size", **a, head=head, ack=result("ack", "ack", size=127))

    group.add("entry of 3 pieces", "pieces.split", entry=repeat(0x5A, 9000))
    group.add("entry joined", "pieces.join", bodies=result("entry of 3 pieces", "bodies"))
    group.add("entry of one piece", "pieces.split", entry=b"entry")
    group.add("piece 1 of 1", "pieces.join", "value", bodies=[b"\1\1" + bytes(8) + b"entry"])
    group.add("piece without content", "pieces.join", "size", bodies=[b"\0\1" + bytes(8)])
    group.add("piece of another entry", "pieces.join", "altered", bodies=[b"\0\1" + bytes(8) + b"entry"])
    return group
