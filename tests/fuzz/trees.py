"""Changing msgpack by its structure: random bytes mostly break the framing, and nothing behind that is met."""

import random
from typing import Any

import msgspec

_NUMBERS = (0, 1, -1, 127, 128, 255, 256, 0xFFFF, 0x10000, 1 << 31, (1 << 32) - 1, 1 << 53, (1 << 63) - 1, 1 << 63)
_TEXTS = ("", "\0", "é", "e\u0301", "\u202e", "가족", "x" * 33, "https://a", "http://[", "\ud7ff")


def mutate_tree(data: bytes, max_size: int, seed: int) -> bytes:
    """Return msgpack with one to three leaves, keys or orders of `data` changed; what is no msgpack stays as it is."""
    rng = random.Random(seed)
    try:
        tree = msgspec.msgpack.decode(data)
    except (msgspec.DecodeError, ValueError, RecursionError):
        return data
    for _ in range(rng.randint(1, 3)):
        tree = _changed(tree, rng)
    try:
        return msgspec.msgpack.encode(tree)[:max_size]
    except (ValueError, OverflowError, TypeError, RecursionError):
        return data


def _changed(tree: Any, rng: random.Random) -> Any:
    if isinstance(tree, dict) and tree and rng.random() < 0.95:
        key = rng.choice(list(tree))
        match rng.randrange(12):
            case 0:
                return {name: value for name, value in tree.items() if name != key}
            case 1:
                return tree | {rng.choice(_TEXTS): tree[key]}
            case 2:
                return dict(rng.sample(list(tree.items()), len(tree)))
            case _:
                return tree | {key: _changed(tree[key], rng)}
    if isinstance(tree, list) and tree and rng.random() < 0.95:
        place = rng.randrange(len(tree))
        match rng.randrange(6):
            case 0:
                return [*tree[:place], *tree[place + 1 :]]
            case 1:
                return [*tree[:place], tree[place], *tree[place:]]
            case 2:
                return rng.sample(tree, len(tree))
            case _:
                return [*tree[:place], _changed(tree[place], rng), *tree[place + 1 :]]
    return _leaf(tree, rng)


def _leaf(leaf: Any, rng: random.Random) -> Any:
    if rng.random() < 0.1:
        return rng.choice([None, True, 1.5, b"", "", [], {}, [[]], 7])
    if isinstance(leaf, bytes):
        return _bytes(leaf, rng)
    if isinstance(leaf, str):
        return rng.choice([*_TEXTS, leaf + rng.choice(_TEXTS), leaf[:-1]])
    if isinstance(leaf, int):
        return rng.choice([*_NUMBERS, leaf + 1, leaf - 1, leaf * 2])
    return rng.choice(_NUMBERS)


def _bytes(leaf: bytes, rng: random.Random) -> bytes:
    match rng.randrange(4):
        case 0:
            return bytes(len(leaf))
        case 1:
            return leaf[: rng.randrange(len(leaf) + 1)]
        case 2:
            return leaf + rng.randbytes(rng.randrange(1, 5))
        case _:
            return rng.randbytes(len(leaf))
