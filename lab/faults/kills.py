"""Processes that are killed or stopped: at named points, where the order of steps decides, and at random moments."""

import signal
from contextlib import suppress

from lab.faults.orders import Action, Orders, Point
from lab.faults.setting import Setting
from lab.processes.processes import CommandFailed, Member, RelayProcess

RELAY_POINTS = (Point.COMMITTED, Point.HEARD, Point.FORWARDED, Point.DELETED)
CLIENT_POINTS = (Point.TAKEN_OUT, Point.ANSWERED, Point.TAKING_IN, Point.SEALING)
STOPPED_S = (1.0, 6.0)
KILLS = 4


def at_point(setting: Setting, point: Point, action: Action = Action.KILL, stopped_s: float | None = None) -> str:
    """One process dies (or is frozen for a while) exactly there."""
    name = _who_comes_to(setting, point)
    orders = setting.orders(name)
    orders.at(point, action)
    setting.wait_for(f"{name} at the point: {point}", lambda: orders.passed)
    if action is Action.STOP:
        setting.pause(setting.chance.uniform(*STOPPED_S) if stopped_s is None else stopped_s)
        setting.running(name).send_signal(signal.SIGCONT)
        return f"one process frozen where {point}"
    setting.running(name).wait()
    setting.write(1)
    setting.restart(name)
    return f"one process killed where {point}"


def _who_comes_to(setting: Setting, point: Point) -> str:
    if point in CLIENT_POINTS:
        return setting.chance.choice(list(setting.members))
    # Only a guard is asked for exchanges.
    return setting.guard if point is Point.COMMITTED else setting.chance.choice(setting.relay_names)


def relays_at_random(setting: Setting) -> str:
    """Relays die at random moments, now and then two together."""
    for _ in range(KILLS):
        setting.pause(setting.chance.uniform(0.2, 2.0))
        for name in setting.chance.sample(setting.relay_names, setting.chance.choice((1, 1, 2))):
            setting.restart(name)
    return f"relays killed {KILLS} times or more"


def clients_at_random(setting: Setting) -> str:
    """The same for `sosik online`."""
    for _ in range(KILLS):
        setting.pause(setting.chance.uniform(0.2, 2.0))
        setting.restart(setting.chance.choice(list(setting.members)))
    return f"clients killed {KILLS} times"


def everything_at_once(setting: Setting) -> str:
    """A power cut: every process dies in the same moment and comes back a little later."""
    for name in setting.names:
        setting.running(name).send_signal(signal.SIGKILL)
    for name in setting.names:
        setting.stop(name)
    for name in setting.names:
        setting.start(name)
    return "every process killed together"


def frozen(setting: Setting, who: str) -> str:
    """A process is frozen for some seconds (a laptop that sleeps, a machine that swaps) and goes on."""
    name = setting.chance.choice(setting.relay_names if who == "relay" else list(setting.members))
    process = setting.running(name)
    process.send_signal(signal.SIGSTOP)
    try:
        setting.pause(setting.chance.uniform(*STOPPED_S))
    finally:
        process.send_signal(signal.SIGCONT)
    return f"one {who} stopped for some seconds"


def in_a_migration(setting: Setting, name: str) -> str:
    """An upgrade is interrupted before and after the commit of its migration; the third start completes it."""
    process = setting.process(name)
    module = "relay+" if isinstance(process, RelayProcess) else "client_cli+"
    setting.stop(name)
    process.launch = setting.launcher(name, module)
    for point in (Point.MIGRATING, Point.MIGRATED):
        die_while_starting(setting, name, setting.orders(name), point)
    setting.start(name)
    setting.upgraded.add(name)
    return f"one {'client' if isinstance(process, Member) else 'relay'} killed twice in an upgrade of its schema"


def die_while_starting(setting: Setting, name: str, orders: Orders, point: Point) -> None:
    """Start a process that dies at a point before it is ready."""
    orders.at(point, Action.KILL)
    with suppress(CommandFailed):  # a relay that never says it is ready
        setting.start(name)
    setting.wait_for(f"{name} at the point: {point}", lambda: orders.passed)
    setting.running(name).wait()
    setting.stop(name)
