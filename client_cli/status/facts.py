"""How things stand: what `sosik status` tells.

Invariant: everything here is of this vault - nothing tells whether somebody else is there, reads or writes.
Spec: docs/protocol.md, Loops; The schedule.
"""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from client_cli.board import watch
from client_cli.community.joining import Refusal, find_refusal
from client_cli.community.membership import find_roster
from client_cli.community.relays import Network, load_network
from client_cli.community.silence import Silence, silences
from client_cli.inbox.partial import coming
from client_cli.meeting.requests import requests
from client_cli.outbox.letters import LetterStatus, letters
from client_cli.people.contacts import (
    FreshStart,
    Standing,
    State,
    get_record,
    people_in,
    standing_of,
    with_standing,
)
from client_cli.post.guard_state import find_guard
from client_cli.status.crowd import find_crowd
from client_cli.status.data_use import monthly_mb
from client_cli.streams import loop_watch
from client_cli.streams.fresh_start import find_put_back
from client_cli.vault import lock, tallies
from client_cli.vault.auto_lock import lock_after_s
from client_cli.vault.keys import Key
from client_cli.vault.settings import get_settings
from client_cli.vault.tallies import Tally
from client_cli.vault.transaction import Tx
from client_cli.vault.vault import Vault
from protocol.community.constants import Constants
from protocol.primitives.days import day_of
from protocol.profile import Profile
from protocol.seams import RelayId

__all__ = [
    "FreshStartFacts",
    "LetterFacts",
    "NetworkFacts",
    "PeopleFacts",
    "ScheduleFacts",
    "Status",
    "WarningFacts",
    "fresh_starts",
    "status",
]

TELL_DAYS: Final = 30
"""How long a fresh start is told of."""


@dataclass(frozen=True, slots=True)
class NetworkFacts:
    """`relays`: how many the roster has (0: not known yet); `guard`: number of the one in use; `board_behind`:
    stretches of the board that were still to be read after the last exchange; `crowd`: about how many people were
    active on the day before, None: not told; `roster_expires`: its last UTC day; `silent`: relays that are gone around.
    """

    joined: bool
    community: str
    guard: RelayId | None
    relays: int
    board_behind: int
    crowd: int | None
    roster_expires: int | None
    roster_expired: bool
    silent: tuple[Silence, ...]


@dataclass(frozen=True, slots=True)
class ScheduleFacts:
    """`locked`: an `online` keeps what comes unopened; `lock_after_s`: after how long without a command `online` locks;
    `budget_mb`: 10^6 bytes a month online; `loops_*`: since set-up.
    """

    online_running: bool
    locked: bool
    lock_after_s: float | None
    profile: Profile
    budget_mb: float
    loops_sent: int
    loops_returned: int


@dataclass(frozen=True, slots=True)
class LetterFacts:
    """`where`: how many of ours that are told of are where (none while locked); `ends_soon`: ours that have not arrived
    and expire within two weeks; `coming`: letters of which only parts are here.
    """

    where: Mapping[LetterStatus, int]
    ends_soon: int
    coming: int


@dataclass(frozen=True, slots=True)
class PeopleFacts:
    """`known`: contacts not closed; `requests`: people who wait to be accepted."""

    known: int
    requests: int


@dataclass(frozen=True, slots=True)
class FreshStartFacts:
    """After a folder was put back from a copy (client_cli.streams.fresh_start). `asking`: how many people have not
    answered; `since`: when it was noticed. By name, none while locked: `replaced`: who goes on with another copy of our
    folder, `begun`: with whom letters go on, for a month.
    """

    asking: int
    since: float | None
    replaced: tuple[tuple[str, FreshStart], ...]
    begun: tuple[tuple[str, FreshStart], ...]


@dataclass(frozen=True, slots=True)
class WarningFacts:
    """`invitation_refused`: a relay said that our invitation had been used there by somebody else; `access_refused`:
    they let us in no more; `refusal`: why we are not let in now; `alarm`: loops do not come back as they should;
    `troubles`: what the board showed of relays lately; `clock_ahead_s`: by how much our clock was ahead of the
    relays', None while it was right to an hour.
    """

    invitation_refused: bool
    access_refused: bool
    refusal: Refusal | None
    alarm: loop_watch.Alarm | None
    troubles: tuple[watch.Trouble, ...]
    clock_ahead_s: float | None


@dataclass(frozen=True, slots=True)
class Status:
    """All of it, by what it is about."""

    network: NetworkFacts
    schedule: ScheduleFacts
    letters: LetterFacts
    people: PeopleFacts
    fresh_starts: FreshStartFacts
    warnings: WarningFacts


def status(vault: Vault, now: float) -> Status:
    """Collect it."""
    running = lock.online_running(vault.home)
    opened = vault.has_letters_key
    mine, partly = (letters(vault, now), coming(vault)) if opened else ([], [])
    waiting = requests(vault, now) if opened else []
    with vault.transaction() as tx:
        network = load_network(tx) if tx.get(Key.INVITE) is not None else None
        return Status(
            network=_network(tx, network, now),
            schedule=_schedule(tx, network, running),
            letters=LetterFacts(
                where=Counter(letter.status for letter in mine),
                ends_soon=sum(letter.ends_soon for letter in mine),
                coming=len(partly),
            ),
            people=PeopleFacts(known=_count_people(tx), requests=len(waiting)),
            fresh_starts=fresh_starts(tx, now),
            warnings=_warnings(tx, now),
        )


def _network(tx: Tx, network: Network | None, now: float) -> NetworkFacts:
    roster = find_roster(tx)
    guard = find_guard(tx)
    behind = tx.get(Key.BOARD_BEHIND)
    return NetworkFacts(
        joined=network is not None,
        community=roster.name if roster is not None else network.invite.name if network is not None else "",
        guard=None if guard is None else guard.relay,
        relays=0 if roster is None else len(roster.relays),
        board_behind=0 if behind is None else int.from_bytes(behind, "big"),
        crowd=find_crowd(tx, now),
        roster_expires=None if roster is None else roster.expires_day,
        roster_expired=roster is not None and roster.expired(day_of(now)),
        silent=tuple(silences(tx, now)),
    )


def _schedule(tx: Tx, network: Network | None, running: bool) -> ScheduleFacts:
    profile = get_settings(tx).profile
    return ScheduleFacts(
        online_running=running,
        locked=not tx.has_letters_key or (running and _door_is_open(tx)),
        lock_after_s=lock_after_s(tx),
        profile=profile,
        budget_mb=monthly_mb(profile, Constants() if network is None else network.constants),
        loops_sent=tallies.count(tx, Tally.LOOPS_SENT),
        loops_returned=tallies.count(tx, Tally.LOOPS_RETURNED),
    )


def _warnings(tx: Tx, now: float) -> WarningFacts:
    return WarningFacts(
        invitation_refused=tx.get(Key.INVITATION_REFUSED) is not None,
        access_refused=tx.get(Key.ACCESS_REFUSED) is not None,
        refusal=find_refusal(tx),
        alarm=loop_watch.find_alarm(tx),
        troubles=tuple(watch.troubles(tx, now)),
        clock_ahead_s=watch.clock_ahead_s(tx),
    )


def fresh_starts(tx: Tx, now: float) -> FreshStartFacts:
    """What there is to tell of copies that were put back, ours and others'."""
    put_back, asking = find_put_back(tx), with_standing(tx, Standing.ASKING)
    found: dict[Standing, list[tuple[str, FreshStart]]] = {Standing.REPLACED: [], Standing.SOUND: []}
    for person in people_in(tx) if tx.has_letters_key else []:
        told, standing = get_record(tx, person.number).fresh_start, standing_of(tx, person.number)
        if told is None or person.state is State.CLOSED:
            continue
        if standing is Standing.REPLACED:
            found[standing].append((person.name, told))
        elif standing is not Standing.ASKING and day_of(now) - told.day <= TELL_DAYS:
            found[Standing.SOUND].append((person.name, told))
    return FreshStartFacts(
        asking=len(asking),
        since=put_back.since if asking and put_back is not None else None,
        replaced=tuple(found[Standing.REPLACED]),
        begun=tuple(found[Standing.SOUND]),
    )


def _door_is_open(tx: Tx) -> bool:
    return tx.get(Key.UNLOCK_DOOR) is not None and tx.get(Key.UNLOCK_BOX) is None


def _count_people(tx: Tx) -> int:
    row = tx.find("SELECT count(*) FROM contacts WHERE state != ?", (State.CLOSED.value,))
    return 0 if row is None else int(row[0])
