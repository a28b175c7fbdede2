"""All faults that can happen to one long-lived network, by name: the tests, the table and the soak draw from here."""

import sys
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from functools import partial
from typing import Any

from lab.faults import clocks, damage, database, disks, gone, kills, load, network, two
from lab.faults.letters import Outcome
from lab.faults.orders import Action
from lab.faults.search import search
from lab.faults.setting import PATIENCE_S, Setting
from lab.faults.wires import Trouble
from lab.processes.processes import CommandFailed

LETTERS_EACH = 2

Inject = Callable[[Setting], str]


@dataclass(frozen=True, slots=True)
class Scenario:
    """`inject` lets the fault happen and ends it; it returns in words what happened."""

    kind: str
    name: str
    inject: Inject
    own: Mapping[str, Any] = field(default_factory=dict)
    """What a setting needs for it that others do without (arguments of `Setting`)."""
    lasting: bool = False
    """Something stays broken afterwards: it needs a setting for itself alone, and no long-lived one can have it."""


def _upgrade(setting: Setting, who: str) -> str:
    names = [name for name in setting.names if (name in setting.members) == (who == "client")]
    fresh = [name for name in names if name not in setting.upgraded]
    if not fresh:
        return kills.relays_at_random(setting)  # all are upgraded already
    return kills.in_a_migration(setting, setting.chance.choice(fresh))


def _nothing(setting: Setting) -> str:
    setting.write(1)
    return "nothing happens: what the same letters take by themselves"


SCENARIOS = (
    Scenario("none", "none", _nothing),
    *(
        Scenario("killed at a point", point.name.lower(), partial(kills.at_point, point=point))
        for point in (*kills.RELAY_POINTS, *kills.CLIENT_POINTS)
    ),
    *(
        Scenario(
            "frozen at a point",
            f"{point.name.lower()} frozen",
            partial(kills.at_point, point=point, action=Action.STOP),
        )
        for point in (kills.RELAY_POINTS[0], kills.CLIENT_POINTS[1])
    ),
    Scenario("killed at random", "relays", kills.relays_at_random),
    Scenario("killed at random", "clients", kills.clients_at_random),
    Scenario("killed at random", "power cut", kills.everything_at_once),
    Scenario("frozen", "relay frozen", partial(kills.frozen, who="relay")),
    Scenario("frozen", "client frozen", partial(kills.frozen, who="client")),
    Scenario("upgrade", "relay upgrade", partial(_upgrade, who="relay")),
    Scenario("upgrade", "client upgrade", partial(_upgrade, who="client")),
    Scenario("keys change", "midnight", clocks.midnight),
    *(
        Scenario(
            "network",
            kind.name.lower(),
            partial(network.trouble, kind=kind),
            # Over TLS a recorded request is garbage: relays speak without it here.
            own={"tls": False} if kind is Trouble.TWICE else {},
        )
        for kind in Trouble
        if kind is not Trouble.NONE
    ),
    Scenario("network", "one relay half-open", partial(network.one_relay, kind=Trouble.HALF_OPEN)),
    Scenario("network", "one relay refused", partial(network.one_relay, kind=Trouble.REFUSED)),
    *(
        Scenario("disk", f"{who} {what.__name__}", partial(what, who=who))
        for who in ("relay", "client")
        for what in (disks.full, disks.failing)
    ),
    Scenario("damage", "vault damaged", damage.vault_copies),
    Scenario("damage", "relay store damaged", damage.store_copies),
    Scenario("damage", "stored cells spoiled", damage.spoiled_cells),
    Scenario("two at once", "two online, many commands", two.on_one_vault),
    *(
        Scenario("clock", f"{who} {hours:+d} h", partial(clocks.jump, who=who, hours=hours))
        for who in ("relay", "client")
        for hours in (5, -5)
    ),
    Scenario("database", "database killed", database.killed, own={"postgres": True}),
    Scenario("load", "beyond capacity", load.beyond_capacity, own={"tls": False, "constants": load.CROWDED}),
    Scenario("gone", "relay gone for good", gone.for_good, own={"relays": 5}, lasting=True),
)


def run(
    setting: Setting, scenario: Scenario, letters_each: int = LETTERS_EACH, patience_s: float = PATIENCE_S
) -> Outcome:
    """Write letters, let the fault happen, and wait until all of them are there."""
    before = {name: len(ledger.written) for name, ledger in setting.ledgers.items()}
    counted = {name: (ledger.duplicated, ledger.changed) for name, ledger in setting.ledgers.items()}
    setting.write(letters_each)
    what = scenario.inject(setting)
    recovery_s: float | None = None
    with suppress(CommandFailed):  # what is missing then is counted as lost
        recovery_s = setting.wait_for_letters(patience_s)
    search(setting)
    ledgers = setting.ledgers
    sent = sum(len(ledger.written) - before[name] for name, ledger in ledgers.items())
    lost = sum(ledger.lost for ledger in ledgers.values())
    return Outcome(
        scenario.kind,
        scenario.name,
        what,
        sent,
        sent - lost,
        sum(ledger.duplicated - counted[name][0] for name, ledger in ledgers.items()),
        sum(ledger.changed - counted[name][1] for name, ledger in ledgers.items()),
        lost,
        recovery_s,
    )


def attempt(setting: Setting, scenario: Scenario, letters_each: int = LETTERS_EACH) -> Outcome:
    """Run one; what was not told or done as promised is an outcome that is not good."""
    try:
        return run(setting, scenario, letters_each)
    except (AssertionError, CommandFailed, OSError) as problem:
        print(f"{scenario.name}: {problem}", file=sys.stderr, flush=True)
        return Outcome(scenario.kind, scenario.name, f"not as promised: {type(problem).__name__}", 0, 0, 0, 0, 0, None)
