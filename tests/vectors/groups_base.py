"""Cases: derivation, sealing, links."""

from pathlib import Path
from typing import Any

from protocol.primitives.sealed_box import public_of
from tests.vectors.cases import Group, repeat, result, seeded

SECRET_A = b"vector secret A".ljust(32, b".")
SECRET_B = b"vector secret B".ljust(32, b".")
KEM_SEED = b"vector kem".ljust(64, b".")
KEM_CIPHERTEXT = bytes.fromhex(Path(__file__).with_name("kem_ciphertext.hex").read_text())
"""Made once for the key of that seed: encapsulation draws inside the library."""
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

    group.add("ML-KEM key", "kem.key", seed=KEM_SEED)
    group.add("ML-KEM secret", "kem.open", seed=KEM_SEED, ciphertext=KEM_CIPHERTEXT)
    altered = KEM_CIPHERTEXT[:500] + bytes([KEM_CIPHERTEXT[500] ^ 1]) + KEM_CIPHERTEXT[501:]
    group.add("ML-KEM secret of an altered ciphertext", "kem.open", seed=KEM_SEED, ciphertext=altered)
    for size in (0, 1087, 1089):
        ciphertext = KEM_CIPHERTEXT.ljust(size, b"\0")[:size]
        group.add(f"ML-KEM ciphertext of {size} bytes", "kem.open", "size", seed=KEM_SEED, ciphertext=ciphertext)
    group.add("ML-KEM stand-in", "kem.stand_in", curve=public_of(SECRET_A))

    own: dict[str, Any] = {"secret": SECRET_A + KEM_SEED}
    sent: dict[str, Any] = {"ciphertext": KEM_CIPHERTEXT, "plaintext": b"word from home", "seed": seed}
    group.add("hybrid box", "hybrid.seal", **own, **sent)
    box = result("hybrid box", "box")
    group.add("open the hybrid box", "hybrid.open", **own, box=box)
    group.add("hybrid box for another X25519 key", "hybrid.open", "key", secret=SECRET_B + KEM_SEED, box=box)
    group.add("hybrid box for another ML-KEM key", "hybrid.open", "key", secret=SECRET_A + bytes(64), box=box)
    for name, at in (("KEM ciphertext", 500), ("nonce", 1088), ("ephemeral key", 1112), ("tag", 1189)):
        group.add(f"hybrid box with altered {name}", "hybrid.open", "altered", **own,
                  box=result("hybrid box", "box", flip=at))  # fmt: skip
    for size in (0, 1175, 1189, 1191):
        group.add(f"hybrid box of {size} bytes", "hybrid.open", "size" if size < 1176 else "altered", **own,
                  box=result("hybrid box", "box", size=size))  # fmt: skip
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
    kem: dict[str, Any] = {"kem_seed": KEM_SEED}
    group.add("batch", "batch.seal", **a, **kem, ciphertext=KEM_CIPHERTEXT, head=head, boot=b"bootboot", seq=7,
              frames=frames, seed=seed)  # fmt: skip
    batch = result("batch", "batch")
    group.add("batch opened", "batch.open", **b, **kem, batch=batch)
    group.add(
        "batch under another key",
        "batch.open",
        "key",
        own_secret=SECRET_B,
        peer_public=public_of(SECRET_B),
        **kem,
        batch=batch,
    )
    group.add("batch under another ML-KEM key", "batch.open", "key", **b, kem_seed=bytes(64), batch=batch)
    group.add(
        "batch reflected",
        "batch.open",
        "altered",
        **a,
        **kem,
        batch=result("batch", "batch", (1, b"\2\1\xff\xff\x4e\x20")),
    )
    for name, at in (("version", 0), ("sender", 1), ("receiver", 2), ("day", 4), ("KEM ciphertext", 7),
                     ("nonce", 1095), ("frame", 1150)):  # fmt: skip
        group.add(f"batch with altered {name}", "batch.open", "value" if at == 0 else "altered", **b, **kem,
                  batch=result("batch", "batch", flip=at))  # fmt: skip
    for size in (0, 1153, 5402, 9652, 9654):
        group.add(f"batch of {size} bytes", "batch.open", "size", **b, **kem, batch=result("batch", "batch", size=size))
    key = result("batch", "ack_key")
    group.add("ack", "ack.seal", key=key, boot=b"bootboot", seq=7, status=0, seed=seed)
    group.add("ack opened", "ack.open", key=result("batch opened", "ack_key"), ack=result("ack", "ack"))
    group.add("ack of another batch", "ack.open", "altered", key=bytes(32), ack=result("ack", "ack"))
    group.add("random ack", "ack.open", "altered", key=key, ack=seeded(b"ack", 128))
    group.add("ack of 127 bytes", "ack.open", "size", key=key, ack=result("ack", "ack", size=127))

    group.add("entry of 3 pieces", "pieces.split", entry=repeat(0x5A, 9000))
    group.add("entry joined", "pieces.join", bodies=result("entry of 3 pieces", "bodies"))
    group.add("entry of one piece", "pieces.split", entry=b"entry")
    group.add("piece 1 of 1", "pieces.join", "value", bodies=[b"\1\1" + bytes(8) + b"entry"])
    group.add("piece without content", "pieces.join", "size", bodies=[b"\0\1" + bytes(8)])
    group.add("piece of another entry", "pieces.join", "altered", bodies=[b"\0\1" + bytes(8) + b"entry"])
    return group
