"""How vectors are written down: cases in Python, one JSON file for each group.

In a file bytes are hex strings in {"hex": ...}; long runs of one byte are {"repeat": [byte, count]}, seeded test
bytes {"seeded": [seed, size]} (the stream of protocol.seams.SeededEntropy), and what another vector of the same file
gave {"result": [vector, name]} with changes on top: "write": [[offset, hex], ...] over it, "flip": the lowest bit of
the byte at an offset, "size": cut to it, or filled up to it with zeros. Results longer than 512 bytes are pinned as
{"size": ..., "begins": hex of 64 bytes, "blake2b": hex of BLAKE2b-256 of all}.
"""

import hashlib
import json
from collections.abc import Mapping
from typing import Any

from protocol.errors import ProtocolError
from protocol.seams import SeededEntropy
from tests.vectors import operations_community, operations_helpers, operations_people
from tests.vectors.operations import OPERATIONS

TABLES = (operations_people, operations_community, operations_helpers)
"""Importing them enters their operations."""

OK = "ok"
PINNED_WHOLE_BYTES = 512
FAILURES = {
    "size": "a length that does not exist",
    "key": "sealed to or under another key, or a key nobody should use",
    "altered": "sealed bytes were changed",
    "value": "a number, kind or version that is never sent",
    "padding": "something hides where zeros belong",
}


def seeded(seed: bytes, size: int) -> dict[str, Any]:
    """Bytes of the stream of a seed, which is zero padded to 32 bytes."""
    return {"seeded": [seed.ljust(32, b"\0").hex(), size]}


def repeat(byte: int, count: int) -> dict[str, Any]:
    """One byte, `count` times."""
    return {"repeat": [byte, count]}


def result(
    vector: str, name: str, *writes: tuple[int, bytes], flip: int | None = None, size: int | None = None
) -> dict[str, Any]:
    """What another vector gave, with changes on top; see the module."""
    found: dict[str, Any] = {"result": [vector, name]}
    if writes:
        found["write"] = [[at, data.hex()] for at, data in writes]
    found |= {name: value for name, value in (("flip", flip), ("size", size)) if value is not None}
    return found


class Group:
    """The vectors of one file, in order; later ones may use what earlier ones gave."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.vectors: list[dict[str, Any]] = []
        self._results: dict[str, Mapping[str, Any]] = {}

    def add(self, name: str, op: str, expect: str = OK, /, **args: Any) -> None:
        """Run one case and pin what it gave. ValueError: the outcome is not the one expected."""
        if name in self._results or (expect != OK and expect not in FAILURES):
            raise ValueError(f"{name}: the name is taken or the failure class unknown")
        vector: dict[str, Any] = {"name": name, "op": op, "args": _to_json(args), "expect": expect}
        found = run(vector, self._results)
        if (found is None) != (expect != OK):
            raise ValueError(f"{self.name}/{name}: expected {expect}")
        if found is not None:
            vector["result"] = pinned(found)
            self._results[name] = found
        self.vectors.append(vector)

    def text(self) -> str:
        """Return the file."""
        content = {"group": self.name, "failures": FAILURES, "vectors": self.vectors}
        return json.dumps(content, indent=1, ensure_ascii=False) + "\n"


def run(vector: Mapping[str, Any], results: Mapping[str, Mapping[str, Any]]) -> dict[str, Any] | None:
    """Run one vector; return what it gives, or None for a ProtocolError."""
    args = {name: from_json(value, results) for name, value in vector["args"].items()}
    try:
        return OPERATIONS[vector["op"]](args)
    except ProtocolError:
        return None


def from_json(value: Any, results: Mapping[str, Mapping[str, Any]]) -> Any:
    """Return the argument a JSON value stands for."""
    match value:
        case {"hex": text}:
            return bytes.fromhex(text)
        case {"repeat": [byte, count]}:
            return bytes([byte]) * count
        case {"seeded": [seed, size]}:
            return SeededEntropy(bytes.fromhex(seed))(size)
        case {"result": [vector, name]}:
            data = results[vector][name]
            if not isinstance(data, bytes):
                return data
            changed = bytearray(data)
            for at, text in value.get("write", ()):
                changed[at : at + len(text) // 2] = bytes.fromhex(text)
            if "flip" in value:
                changed[value["flip"]] ^= 1
            return bytes(changed[: value.get("size")]).ljust(value.get("size", 0), b"\0")
        case dict():
            return {name: from_json(item, results) for name, item in value.items()}
        case list():
            return [from_json(item, results) for item in value]
        case _:
            return value


def pinned(value: Any) -> Any:
    """Return a result as it is written into a file."""
    if isinstance(value, bytes) and len(value) > PINNED_WHOLE_BYTES:
        digest = hashlib.blake2b(value, digest_size=32).hexdigest()
        return {"size": len(value), "begins": value[:64].hex(), "blake2b": digest}
    if isinstance(value, dict):
        return {name: pinned(item) for name, item in value.items()}
    if isinstance(value, list):
        return [pinned(item) for item in value]
    return _to_json(value)


def _to_json(value: Any) -> Any:
    if isinstance(value, bytes):
        return {"hex": value.hex()}
    if isinstance(value, dict):
        return {name: _to_json(item) for name, item in value.items()}
    if isinstance(value, list | tuple):
        return [_to_json(item) for item in value]
    return value
