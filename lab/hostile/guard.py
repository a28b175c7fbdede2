"""What a hostile guard may do to its clients: tricks on answers that it seals as it has to.

Invariant: a trick uses nothing that a guard does not hold: the request in the clear, the honest response, its own board
and keys. lab.hostile.relay plays them, lab.hostile.__main__ measures what they achieve.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any, Final, Protocol

from protocol.board.log import Entry, EntryKind
from protocol.community.descriptor import parse_descriptor, sign_descriptor
from protocol.community.roster import Roster
from protocol.errors import ProtocolError
from protocol.primitives.sealed_box import keypair
from protocol.routes.exchange import Cursor, Request, Response, Status, seal_response
from protocol.seams import Entropy
from protocol.sizes import SHELF_REPLY_BYTES

MOST: Final = 0xFFFFFFFF


class Liar(Protocol):
    """The relay that plays a trick. `before`, `victim`: what the trick remembers; `lies`: where lies come from."""

    before: bytes
    victim: bytes
    lies: Entropy

    @property
    def roster(self) -> Roster:
        """The roster in force."""
        ...

    @property
    def own_number(self) -> int:
        """Its number there."""
        ...

    @property
    def identity_secret(self) -> bytes:
        """What it signs with."""
        ...


@dataclass(frozen=True, slots=True)
class Scene:
    """One exchange as its guard sees it: what was asked, the honest response, the sheets it reads from."""

    relay: "Liar"
    request: Request
    response: Response
    honest: bytes
    sheets: dict[int, bytes]

    def say(self, **changes: Any) -> bytes:
        """The response with something else in it, sealed as it has to be."""
        told = replace(self.response, **changes)
        return seal_response(told, self.request.response_key, self.request.profile, self.relay.lies)

    def rewrite(self, alter: Callable[[Entry], bytes]) -> bytes:
        """The response with other entries on the board, each as long as the true one, so that cursors go on."""
        start, left, stretch = self.response.start, len(self.response.stretch), b""
        for interval in sorted(self.sheets):
            sheet = altered(self.sheets[interval], alter)
            part = sheet[start.offset if interval == start.interval else 0 :][: left - len(stretch)]
            stretch += part
        return self.say(stretch=stretch) if len(stretch) == left else self.honest


def altered(sheet: bytes, alter: Callable[[Entry], bytes]) -> bytes:
    """A sheet whose entries have other bodies of the same lengths."""
    out, at = b"", 0
    while at + 3 <= len(sheet):
        end = at + 3 + int.from_bytes(sheet[at + 1 : at + 3], "big")
        body = alter(Entry(EntryKind(sheet[at]), sheet[at + 3 : end]))
        out += sheet[at : at + 3] + body[: end - at - 3].ljust(end - at - 3, b"\0")
        at = end
    return out


Trick = Callable[[Scene], bytes]


def _replayed(scene: Scene) -> bytes:
    """The answer of the exchange before, of whichever client."""
    before, scene.relay.before = scene.relay.before, scene.honest
    return before or scene.honest


def _false_reply(scene: Scene) -> bytes:
    """Random bytes under the number of each reply."""
    if scene.response.reply is None:
        return scene.honest
    return scene.say(reply=(scene.response.reply[0], scene.relay.lies(SHELF_REPLY_BYTES)))


def _other_reply(scene: Scene) -> bytes:
    """Under each number the reply that was due to somebody before."""
    if scene.response.reply is None:
        return scene.honest
    number, body = scene.response.reply
    before, scene.relay.before = scene.relay.before, body
    return scene.say(reply=(number, before or body))


def _swallowed(scene: Scene) -> bytes:
    """No reply, and numbers that say there was none."""
    return scene.say(reply=None, shelf_end=max(scene.response.shelf_end, scene.request.collect + 1))


def _tenth_swallowed(scene: Scene) -> bytes:
    """The same for a tenth of all replies, drawn anew for each."""
    return _swallowed(scene) if scene.relay.lies(1)[0] < 256 // 10 else scene.honest


def _hidden(entry: Entry) -> bytes:
    """Pages that list nothing anybody looks for; as long as before, since the count stays."""
    return entry.body[:7] if entry.kind is EntryKind.PAGE else entry.body


def _forked(scene: Scene) -> bytes:
    """Hide the pages from one client: the first that came."""
    scene.relay.victim = scene.relay.victim or scene.request.shelf
    if scene.request.shelf != scene.relay.victim:
        return scene.honest
    scene.relay.victim = scene.request.next_shelf
    return scene.rewrite(_hidden)


def _spoiled(kind: EntryKind) -> Trick:
    """Make every entry of a kind unreadable."""
    return lambda scene: scene.rewrite(
        lambda entry: bytes([entry.body[0] ^ 1]) + entry.body[1:] if entry.kind is kind else entry.body
    )


def _false_descriptor(scene: Scene) -> bytes:
    """A descriptor of our own with keys that nobody holds, and a spoiled one of everybody else."""
    relay = scene.relay

    def alter(entry: Entry) -> bytes:
        if entry.kind is not EntryKind.DESCRIPTOR:
            return entry.body
        try:
            found = parse_descriptor(entry.body, relay.roster)
        except ProtocolError:
            return entry.body
        if found.relay != relay.own_number:
            return bytes(len(entry.body))
        unknown = keypair(relay.lies)[1]
        return sign_descriptor(replace(found, day_key=unknown, slow_key=unknown), relay.identity_secret)

    return scene.rewrite(alter)


GUARD: dict[str, Trick] = {
    "honest": lambda scene: scene.honest,
    "garbage": lambda scene: scene.relay.lies(len(scene.honest)),
    "wrong size": lambda scene: scene.honest[:-1],
    "silence": lambda _: b"",
    "old answers": _replayed,
    "refusals": lambda scene: scene.say(status=Status.REFUSED),
    "false access secret": lambda scene: scene.say(access=bytes(32), access_epoch=scene.response.access_epoch + 1),
    "false replies": _false_reply,
    "replies of others": _other_reply,
    "replies swallowed": _swallowed,
    "a tenth of the replies swallowed": _tenth_swallowed,
    "numbers too high": lambda scene: scene.say(shelf_end=MOST),
    "numbers too low": lambda scene: scene.say(shelf_end=0),
    "board withheld": lambda scene: scene.say(stretch=b"", next=scene.response.start, end=scene.response.start),
    "board garbled": lambda scene: scene.say(stretch=scene.relay.lies(len(scene.response.stretch))),
    "board far ahead": lambda scene: scene.say(next=Cursor(MOST, 0), end=Cursor(MOST, 0)),
    "pages hidden": lambda scene: scene.rewrite(_hidden),
    "pages hidden from one": _forked,
    "rosters spoiled": _spoiled(EntryKind.ROSTER),
    "seals spoiled": _spoiled(EntryKind.SEAL),
    "false descriptors": _false_descriptor,
}
"""What a guard may do to its clients, by name; `honest` is the control."""
