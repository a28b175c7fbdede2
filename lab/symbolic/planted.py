"""Mistakes planted in the product's machines, one line each, while a `with` lasts: the exploration must notice.

A function is taken from its own source with one piece of text replaced and put in its place; the product has no switch
for any of them. If the text is no longer there, the mistake cannot be planted and says so.
"""

import inspect
import sys
import textwrap
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, Final

from client_cli.meeting import introductions, question
from protocol.people import handshake
from protocol.people import question as steps
from protocol.ratchet.conversation import Conversation


@dataclass(frozen=True, slots=True)
class Mistake:
    """`home`: module or class of the function; `machine`: whose exploration must notice; `breaks`: the promise."""

    name: str
    machine: str
    home: Any
    function: str
    was: str
    now: str
    breaks: str


MISTAKES: Final = (
    Mistake(
        "reflection",
        "handshake",
        handshake,
        "meet",
        "if not mine.isdisjoint(",
        "if mine == (",
        "a reflected key is refused",
    ),
    Mistake(
        "unbound cards",
        "handshake",
        handshake,
        "meet",
        'b"".join(agreed), *cards)',
        'b"".join(agreed))',
        "the same root means the same two cards",
    ),
    Mistake(
        "pre-shared secrets left out",
        "handshake",
        handshake,
        "meet",
        "*[card.psk for card in pair], ",
        "",
        "the attacker can derive what he should",
    ),
    Mistake(
        "a session for both",
        "start of the ratchet",
        handshake,
        "meet",
        'their_session=derive(b"sosik session", root, back)',
        'their_session=derive(b"sosik session", root, out)',
        "what was written is opened, in any order",
    ),
    Mistake(
        "session 1 kept",
        "start of the ratchet",
        Conversation,
        "forget",
        "self._theirs = None",
        "pass",
        "a copied state forges nothing in the end",
    ),
    Mistake(
        "whoever it was made for",
        "introductions",
        introductions,
        "_accept_introduction",
        "get_record(tx, person.number).own_hash != found.to",
        "not get_record(tx, person.number).own_hash",
        "only what the helper signed for us is taken",
    ),
    Mistake(
        "an unconfirmed answer",
        "introductions",
        introductions,
        "_open",
        "_check(lambda: check_answer(found, own.card, roster, day_of(now)))",
        "pass",
        "only an answer to what the helper passed on is taken",
    ),
    Mistake(
        "our own question sent back",
        "question between",
        steps,
        "_names",
        "(pair.own, pair.theirs) if asking else (pair.theirs, pair.own)",
        "sorted((pair.own, pair.theirs))",
        "only who means the same is confirmed",
    ),
    Mistake(
        "a label raised twice",
        "question direct",
        question,
        "_ended",
        "answered=None, ",
        "",
        "an exchange ends once",
    ),
    Mistake(
        "a try that does not count",
        "question direct",
        question,
        "answer",
        "tries=state.tries + 1, ",
        "",
        "every guess counts",
    ),
)


@contextmanager
def planted(mistake: Mistake) -> Iterator[None]:
    """Make the mistake until the block ends."""
    real = vars(mistake.home)[mistake.function]
    source = textwrap.dedent(inspect.getsource(real))
    if source.count(mistake.was) != 1:
        raise LookupError(f"{mistake.name}: its place in {mistake.function} is gone")
    made: dict[str, Callable[..., Any]] = {}
    module = sys.modules[real.__module__]
    exec(compile(source.replace(mistake.was, mistake.now), str(module.__file__), "exec"), vars(module), made)  # noqa: S102
    setattr(mistake.home, mistake.function, made[mistake.function])
    try:
        yield
    finally:
        setattr(mistake.home, mistake.function, real)
