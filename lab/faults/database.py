"""The database of a relay fails: a real PostgreSQL that is killed and started again while letters are under way."""

import signal

from lab.faults.setting import Setting

RESTARTS = 3
AWAY_S = (0.5, 4.0)


def killed(setting: Setting) -> str:
    """All relays keep their store in one PostgreSQL, each in a database of its own; it crashes and comes back."""
    cluster = setting.cluster
    assert cluster is not None
    for how in (signal.SIGQUIT, signal.SIGINT, signal.SIGQUIT)[:RESTARTS]:
        setting.pause(setting.chance.uniform(*AWAY_S))
        cluster.stop(how)
        setting.write(1)
        setting.pause(setting.chance.uniform(*AWAY_S))
        cluster.start()
    ended = [name for name in setting.relay_names if setting.running(name).poll() is not None]
    for name in ended:  # a service manager does so too
        setting.restart(name)
    return (
        f"PostgreSQL crashed or was stopped {RESTARTS} times and started again; relays that ended by that: {len(ended)}"
    )
