"""Clocks that are wrong by hours, and the midnight on which keys change."""

from lab.faults.orders import Action, Point
from lab.faults.setting import Setting
from protocol.primitives.days import DAY_S

HOUR_S = 3600.0
WRONG_S = 4.0
BEFORE_MIDNIGHT_S = 4.0


def jump(setting: Setting, who: str, hours: float, wrong_s: float = WRONG_S) -> str:
    """One clock jumps by hours while its process runs, stays wrong for some seconds, and is put right again."""
    name = setting.chance.choice(setting.relay_names if who == "relay" else list(setting.members))
    right = setting.ahead(name)
    setting.set_clock(name, right + hours * HOUR_S)
    setting.pause(wrong_s)
    if who == "relay":
        setting.write(1)
    setting.set_clock(name, right)
    return f"the clock of one {who} {abs(hours):g} hours {'ahead' if hours > 0 else 'behind'} for {wrong_s:g} s"


def midnight(setting: Setting) -> str:
    """Everyone's clock comes to a midnight that none has shown yet, where keys change; two relays die in the middle of
    that."""
    now = setting.now(setting.relay_names[0])
    ahead = (max(now, setting.furthest) // DAY_S + 1) * DAY_S - now - BEFORE_MIDNIGHT_S
    for name in setting.names:
        setting.set_clock(name, setting.ahead(name) + ahead)
    dying = dict(zip(setting.chance.sample(setting.relay_names, 2), (Point.ROTATING, Point.ROTATED), strict=True))
    for name, point in dying.items():
        setting.orders(name).at(point, Action.KILL)
    setting.write(1)
    for name in dying:
        setting.wait_for(f"{name} changes its keys", lambda name=name: setting.orders(name).passed)  # type: ignore[misc]
        setting.running(name).wait()
        setting.restart(name)
    return "all clocks set to just before midnight; two relays killed while keys change"
