"""Networks that cut, delay, swallow, shorten, double and reorder: every connection, of clients and between relays."""

from lab.faults.setting import Setting
from lab.faults.wires import Trouble

TROUBLE_S = 5.0


def trouble(setting: Setting, kind: Trouble, least: int = 5, some_s: float = TROUBLE_S) -> str:
    """All wires have this trouble for some seconds and `least` connections, with letters being written meanwhile."""
    wires, before = setting.wires, setting.wires.suffered
    wires.set(kind)
    setting.write(1)
    setting.pause(some_s)
    if kind is not Trouble.REFUSED:  # what is refused never reaches a wire
        setting.wait_for(f"connections: {kind}", lambda: wires.suffered >= before + least)
    again = 0
    if kind is Trouble.TWICE:
        setting.wait_for("requests to send again", lambda: wires.remembered >= least)
        again = wires.replay()
    wires.set(Trouble.NONE)
    return f"every connection for {some_s:g} s: {kind}" + (f" ({again} of them)" if again else "")


def one_relay(setting: Setting, kind: Trouble) -> str:
    """The wires of one relay alone: fail-over, and letters that have to go another way."""
    number = setting.chance.randrange(len(setting.network.relays))
    setting.wires.set(kind, number)
    setting.write(1)
    setting.pause(TROUBLE_S)
    setting.wires.set(Trouble.NONE)
    return f"every connection to one relay for {TROUBLE_S:g} s: {kind}"
