"""Names of the single values that the vault keeps, and of its counters: all of them, here alone.

Invariant: no two values share a name; a released name keeps its meaning, since it stands in the vaults of people.
Spec: docs/protocol.md, Vault.
Decision 90.
"""

from enum import StrEnum, unique
from typing import NewType

__all__ = ["Counter", "Key", "KeyOfOne", "MetaKey", "board_of", "counter_of", "shelf_at", "ticket_tried_at"]


@unique
class Key(StrEnum):
    """A value of which there is one."""

    SETTINGS = "settings"  # made_at u64 | profile u8 | language ASCII
    PROXY = "proxy"  # always u8 | url ASCII
    LOCK_AFTER = "lock_after"  # minutes u32 after which the vault locks by itself; 0: never
    LARGE_TEXT = "large text"  # b"1": the letter box shows few words on a line and room between the lines
    ASKED_TO_KEEP = "asked to keep"  # there when the letter box has asked once what becomes of a letter that is left
    UNLOCK_DOOR = "unlock_door"  # public key of a locked `online`: commands seal the letters key to it
    UNLOCK_BOX = "unlock_box"  # the letters key, sealed to that door

    COMMUNITY_KEY = "community_key"  # 32 bytes, from the invitation
    INVITE = "invite"  # the invitation as bytes; its tickets are used until the access secret is there
    INVITED_AGAIN = "invited_again"  # there while the relays of a later invitation are asked before those of the roster
    ROSTER = "roster"  # newest accepted roster, as received
    ACCESS_SECRET = "access_secret"  # noqa: S105 - the name of a value: epoch u16 | secret 32
    ACCESS_REFUSED = "access_refused"  # there while relays refuse the access secret we hold
    INVITATION_REFUSED = "invitation_refused"  # there when a relay said that the invitation was used there already

    SCHEDULE_SEED = "schedule_seed"  # from which the schedules begin; erased then
    SCHEDULE = "schedule"  # state of the schedule of `online`
    SYNC_SCHEDULE = "sync_schedule"  # state of that of `sync`
    BUNDLE_SCHEDULE = "bundle_schedule"  # state of that of bundles
    GUARD = "guard"  # the guard chosen last, msgpack
    GUARD_WITHHOLDS = "guard_withholds"  # since when the guard does not show what the others say there is, msgpack
    GUARD_QUIET = "guard_quiet"  # since when the guard has shown no newer seals of the others, msgpack
    SILENT_RELAYS = "silent_relays"  # who is gone around, since when and from when on, msgpack
    GUARD_LATE = "guard_late"  # by how much boards and our clock differ, and whom we left for it, msgpack
    GUARD_BROKE = "guard_broke"  # when a guard was left because pages did not fit their seals, ASCII float
    GUARD_REPLIES = (
        "guard_replies"  # which fetches each guard brought no reply to, and when it was left for it, msgpack
    )
    STREAMS_ROLLED = "streams_rolled"  # epoch u32 | retained u8 | relays: of the last roll
    KEYS_AGED = "keys_aged"  # the roll after which keys of messages that did not come were looked through last
    PUT_BACK = "put_back"  # when it was noticed that the vault was put back, and until when the copy knows, msgpack
    SHELVES_LOST = "shelves_lost"  # when each guard last did not know our shelf, and whether again, msgpack
    SHELF_KNOWN_AT = "shelf_known_at"  # when a guard last knew the shelf that we went on with, ASCII float
    BLIND_UNTIL = "blind_until"  # until when pigeonholes are asked for without a listing, ASCII float
    LOOP_WATCH = "loop_watch"  # what the loops that came back or did not tell of relays, msgpack

    BOARD_READ_TO = "board_read_to"  # newest page interval read at any guard, u32
    BOARD_BEHIND = "board_behind"  # stretches that were still to be read after the last response, u32
    LETTERS_TURNED = "letters_turned"  # the epoch in which letters that come were last gone through, u32
    BOARD_BROKEN = "board_broken"  # the intervals of false seals that the present guard showed, by relay, msgpack
    BOARD_TROUBLES = "board_troubles"  # what the board showed of relays and the roster, msgpack
    CLOCK_AHEAD = "clock_ahead"  # by how many seconds our clock differs, ASCII float; only while out of tolerance


@unique
class Counter(StrEnum):
    """What is numbered: a number is never given twice, whatever was erased."""

    CONTACTS = "contacts"
    STREAMS = "streams"
    LETTERS_OUT = "letters_out"
    LETTERS_IN = "letters_in"
    HANDOVERS = "handovers"
    BUNDLES = "bundle"
    OPENINGS = "openings"  # how often the vault was opened, never when


KeyOfOne = NewType("KeyOfOne", str)
"""A value of which there is one for each relay or counter."""
MetaKey = Key | KeyOfOne


def board_of(guard: int) -> KeyOfOne:
    """Where reading the board of a guard stands."""
    return KeyOfOne(f"board {guard}")


def shelf_at(guard: int) -> KeyOfOne:
    """The shelf at a guard, msgpack."""
    return KeyOfOne(f"shelf {guard}")


def ticket_tried_at(relay: int) -> KeyOfOne:
    """There when a relay refused the ticket after the access secret."""
    return KeyOfOne(f"ticket_tried {relay}")


def counter_of(counter: Counter) -> KeyOfOne:
    """The number given last, u64."""
    return KeyOfOne(f"counter {counter}")
