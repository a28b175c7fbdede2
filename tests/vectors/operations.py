"""What a vector can ask for: one function for each operation, from named arguments to named results.

Byte arguments and results are `bytes` here and hex in the files. A function raises ProtocolError exactly where the
protocol does; the failure class of a vector says why, for people.
"""

from collections.abc import Callable, Mapping
from typing import Any

from protocol.board import pieces
from protocol.primitives import aead, hybrid_box, kdf, sampling, sealed_box
from protocol.primitives.hybrid_box import HybridKey
from protocol.primitives.kem import Encapsulated, KemKey
from protocol.profile import Profile
from protocol.routes import exchange, frames, onion
from protocol.routes.exchange import Cursor, PassKind, Request, Response, Status
from protocol.routes.frames import Ack, AckStatus, Batch, Frame, FrameKind, LinkHead
from protocol.seams import RelayId, SeededEntropy

Args = Mapping[str, Any]
Result = dict[str, Any]
OPERATIONS: dict[str, Callable[[Args], Result]] = {}


def operation(name: str) -> Callable[[Callable[[Args], Result]], Callable[[Args], Result]]:
    """Enter a function into the table of operations."""

    def enter(function: Callable[[Args], Result]) -> Callable[[Args], Result]:
        OPERATIONS[name] = function
        return function

    return enter


@operation("entropy")
def _entropy(a: Args) -> Result:
    return {"bytes": SeededEntropy(a["seed"])(a["size"])}


@operation("derive")
def _derive(a: Args) -> Result:
    return {"bytes": kdf.derive(a["label"], *a["parts"], key=a["key"], size=a["size"])}


@operation("uniform")
def _uniform(a: Args) -> Result:
    u = sampling.uniform01(lambda size: a["bytes"][:size])
    return {
        "numerator_of_2^53": int(u * 2**53),
        "hold_ms": sampling.hold_ms(u, a["mean_ms"]),
        "of_7": sampling.choose(u, 7),
    }


@operation("aead.seal")
def _aead_seal(a: Args) -> Result:
    return {"sealed": aead.seal(a["key"], a["plaintext"], a["aad"], SeededEntropy(a["seed"]))}


@operation("aead.open")
def _aead_open(a: Args) -> Result:
    return {"plaintext": aead.open_sealed(a["key"], a["sealed"], a["aad"])}


@operation("box.seal")
def _box_seal(a: Args) -> Result:
    return {"box": sealed_box.seal(a["recipient"], a["plaintext"], SeededEntropy(a["seed"]))}


@operation("box.open")
def _box_open(a: Args) -> Result:
    return {"plaintext": sealed_box.open_box(a["secret"], a["box"])}


@operation("kem.key")
def _kem_key(a: Args) -> Result:
    return {"public": KemKey(a["seed"]).public, "hash": hybrid_box.kem_hash(KemKey(a["seed"]).public)}


@operation("kem.open")
def _kem_open(a: Args) -> Result:
    return {"secret": KemKey(a["seed"]).decapsulate(a["ciphertext"])}


@operation("kem.stand_in")
def _stand_in(a: Args) -> Result:
    return {"public": hybrid_box.stand_in(a["curve"]).public}


@operation("hybrid.seal")
def _hybrid_seal(a: Args) -> Result:
    own = HybridKey.of(a["secret"])
    made = Encapsulated(own.kem.decapsulate(a["ciphertext"]), a["ciphertext"])
    return {"box": hybrid_box.seal_with(made, own.public, a["plaintext"], SeededEntropy(a["seed"]))}


@operation("hybrid.open")
def _hybrid_open(a: Args) -> Result:
    return {"plaintext": hybrid_box.open_box(HybridKey.of(a["secret"]), a["box"])}


@operation("box.tag")
def _box_tag(a: Args) -> Result:
    return {"tag": sealed_box.box_tag(a["box"])}


def _route(a: Args) -> tuple[onion.Route, dict[RelayId, bytes]]:
    entry, middle, store = (RelayId(number) for number in a["route"])
    keys = {RelayId(number): sealed_box.public_of(secret) for number, secret in a["secrets"]}
    return onion.Route(entry, middle, store, *(ms / 1000 for ms in a["holds_ms"])), keys


@operation("onion.deposit")
def _deposit(a: Args) -> Result:
    route, keys = _route(a)
    return {"field": onion.seal_deposit(route, keys, a["hole"], a["cell"], SeededEntropy(a["seed"]))}


@operation("onion.fetch")
def _fetch(a: Args) -> Result:
    route, keys = _route(a)
    field, reply = onion.seal_fetch(route, keys, a["take"], SeededEntropy(a["seed"]))
    return {"field": field, "reply_keys": [reply.entry, reply.middle, reply.store]}


@operation("onion.discard")
def _discard(a: Args) -> Result:
    return {"field": onion.seal_discard(a["entry"], a["size"], SeededEntropy(a["seed"]))}


@operation("onion.peel")
def _peel(a: Args) -> Result:
    match onion.peel(a["plaintext"]):
        case onion.Discard():
            return {"kind": "discard"}
        case onion.Forward() as f:
            return {"kind": "forward", "next": f.next, "hold_ms": f.hold_ms, "inner": f.inner}
        case onion.ForwardFetch() as f:
            return {
                "kind": "forward fetch",
                "next": f.next,
                "hold_ms": f.hold_ms,
                "back_ms": f.back_ms,
                "reply_key": f.reply_key,
                "inner": f.inner,
            }
        case onion.Deposit() as d:
            return {"kind": "deposit", "hole": d.hole, "cell": d.cell}
        case onion.Fetch() as f:
            return {"kind": "fetch", "take": f.take, "reply_key": f.reply_key}


@operation("reply.answer")
def _answer(a: Args) -> Result:
    return {"body": onion.answer_store(a["reply_key"], a.get("cell"), SeededEntropy(a["seed"]))}


@operation("reply.wrap")
def _wrap(a: Args) -> Result:
    return {"body": onion.wrap_reply(a["reply_key"], a["body"], SeededEntropy(a["seed"]))}


@operation("reply.open")
def _open_reply(a: Args) -> Result:
    cell = onion.open_reply(onion.ReplyKeys(*a["reply_keys"]), a["body"])
    return {"cell": cell} if cell is not None else {"miss": True}


def _request(a: Args) -> Request:
    return Request(
        Profile(a["profile"]),
        PassKind(a["pass_kind"]),
        a["pass"],
        a["shelf"],
        a["next_shelf"],
        a["collect"],
        a["durable"],
        a["response_key"],
        Cursor(*a["cursor"]),
        a["packet"],
        a["fetch"],
    )


@operation("request.encode")
def _encode_request(a: Args) -> Result:
    return {"plaintext": exchange.encode_request(_request(a))}


@operation("request.parse")
def _parse_request(a: Args) -> Result:
    r = exchange.parse_request(a["plaintext"])
    return {
        "profile": int(r.profile),
        "pass_kind": int(r.pass_kind),
        "pass": r.admission,
        "shelf": r.shelf,
        "next_shelf": r.next_shelf,
        "collect": r.collect,
        "durable": r.durable,
        "response_key": r.response_key,
        "cursor": [r.cursor.interval, r.cursor.offset],
        "packet": r.packet,
        "fetch": r.fetch,
    }


@operation("response.seal")
def _seal_response(a: Args) -> Result:
    reply = (a["reply_number"], a["reply"]) if "reply" in a else None
    start, following, end = (Cursor(*a[name]) for name in ("start", "next", "end"))
    response = Response(
        Status(a["status"]), a["access"], a["access_epoch"], reply, a["shelf_end"], start, following, end, a["stretch"]
    )
    return {"body": exchange.seal_response(response, a["key"], Profile(a["profile"]), SeededEntropy(a["seed"]))}


@operation("response.open")
def _open_response(a: Args) -> Result:
    r = exchange.open_response(a["key"], a["body"])
    number, reply = r.reply if r.reply is not None else (None, None)
    return {
        "status": int(r.status),
        "access": r.access,
        "access_epoch": r.access_epoch,
        "reply_number": number,
        "reply": reply,
        "shelf_end": r.shelf_end,
        "start": [r.start.interval, r.start.offset],
        "next": [r.next.interval, r.next.offset],
        "end": [r.end.interval, r.end.offset],
        "stretch": r.stretch,
    }


def _link(a: Args) -> bytes:
    return frames.link_secret(a["own_secret"], a["peer_public"])


def _head(a: Args) -> LinkHead:
    sender, receiver, sender_day, receiver_day = a["head"]
    return LinkHead(RelayId(sender), RelayId(receiver), sender_day, receiver_day)


@operation("link.secret")
def _link_secret(a: Args) -> Result:
    return {"secret": _link(a)}


@operation("frame.encode")
def _encode_frame(a: Args) -> Result:
    return {"frame": frames.encode_frame(Frame(FrameKind(a["kind"]), a["ref"], a["body"]))}


@operation("frame.parse")
def _parse_frame(a: Args) -> Result:
    frame = frames.parse_frame(a["frame"])
    return {"kind": int(frame.kind), "ref": frame.ref, "body": frame.body}


@operation("batch.seal")
def _seal_batch(a: Args) -> Result:
    # The kept vectors name the sender's process `boot`.
    batch = Batch(a["boot"], a["seq"], tuple(frames.parse_frame(frame) for frame in a["frames"]))
    made = Encapsulated(KemKey(a["kem_seed"]).decapsulate(a["ciphertext"]), a["ciphertext"])
    sealed, ack_key = frames.seal_batch(_head(a), _link(a), made, batch, SeededEntropy(a["seed"]))
    return {"batch": sealed, "ack_key": ack_key}


@operation("batch.open")
def _open_batch(a: Args) -> Result:
    head = frames.parse_head(a["batch"])
    batch, ack_key = frames.open_batch(a["batch"], _link(a), KemKey(a["kem_seed"]))
    return {
        "head": [head.sender, head.receiver, head.sender_key_day, head.receiver_key_day],
        "boot": batch.process,
        "seq": batch.seq,
        "frames": [frames.encode_frame(frame) for frame in batch.frames],
        "ack_key": ack_key,
    }


@operation("ack.seal")
def _seal_ack(a: Args) -> Result:
    ack = Ack(a["boot"], a["seq"], AckStatus(a["status"]))
    return {"ack": frames.seal_ack(a["key"], ack, SeededEntropy(a["seed"]))}


@operation("ack.open")
def _open_ack(a: Args) -> Result:
    ack = frames.open_ack(a["ack"], a["key"])
    return {"boot": ack.process, "seq": ack.seq, "status": int(ack.status)}


@operation("pieces.split")
def _split(a: Args) -> Result:
    return {"bodies": pieces.split_entry(a["entry"])}


@operation("pieces.join")
def _join(a: Args) -> Result:
    joiner = pieces.EntryJoiner()
    done = [joiner.add(body) for body in a["bodies"]]
    return {"entries": [entry for entry in done if entry is not None]}
