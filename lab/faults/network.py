"""Networks that cut, delay, swallow, shorten, double and reorder: every connection, of clients and between relays."""

from lab.faults.setting import Setting
from lab.faults.wires import Trouble

TROUBLE_S = 5.0


def trouble(setting: Setting, kind: Trouble) -> str:
    """All wires have this trouble for some seconds, with letters being written meanwhile."""
    before = setting.wires.suffered
    setting.wires.set(kind)
    setting.write(1)
    setting.pause(TROUBLE_S)
    if kind is not Trouble.REFUSED:  # what is refused never reaches a wire
        setting.wait_for(f"connections: {kind}", lambda: setting.wires.suffered > before)
    setting.wires.set(Trouble.NONE)
    again = setting.wires.replay() if kind is Trouble.TWICE else 0
    return f"every connection for {TROUBLE_S:g} s: {kind}" + (f" ({again} of them)" if again else "")


def one_relay(setting: Setting, kind: Trouble) -> str:
    """The wires of one relay alone: fail-over, and letters that have to go another way."""
    number = setting.chance.randrange(len(setting.network.relays))
    setting.wires.set(kind, number)
    setting.write(1)
    setting.pause(TROUBLE_S)
    setting.wires.set(Trouble.NONE)
    return f"every connection to one relay for {TROUBLE_S:g} s: {kind}"
