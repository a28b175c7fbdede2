"""Story 7, blocked: the first relay is refused, then reset, then all are: another relay, then SOCKS5, then a bundle;
nothing is lost."""

import os
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from lab.processes.processes import QUICK, Member, Network, client_command, environment, run, wait_until
from tests.stories.wires import Line, Wires

pytestmark = [
    pytest.mark.long,
    pytest.mark.timeout(900),
    pytest.mark.skipif(
        sys.platform != "linux" or os.geteuid() != 0, reason="connections are told apart by /proc of other processes"
    ),
]

PATIENCE_S = 120.0
SLOT_S = 0.4


@pytest.fixture
def wires(tmp_path: Path) -> Iterator[Wires]:
    network = Network.make(tmp_path / "net", constants={**QUICK, "guard_failures": 2, "link_tick_ms": 400}, guards=2)
    with Wires(network) as made:
        network.start()
        try:
            yield made
        finally:
            network.stop()


def texts(member: Member) -> list[str]:
    return [letter["text"].strip() for letter in member.json("read", "--keep")["letters"]]


def kept(member: Member) -> list[str]:
    return [letter["text"].strip() for letter in member.json("read", "--kept")["letters"]]


def free(wires: Wires, member: Member) -> None:
    """This member is where nothing is blocked."""
    member.go_online()
    assert member.process is not None
    wires.free.add(member.process.pid)


def said(member: Member) -> str:
    return (member.home / "said").read_text("utf-8")


def test_story_7_blocked(wires: Wires, tmp_path: Path) -> None:
    network = wires.network
    mother, daughter = (
        Member(tmp_path / "mother", "감자 옥수수 맷돌 외양간"),
        Member(tmp_path / "daughter", "강가 저녁 다리 등불"),
    )
    for member in (mother, daughter):
        member.run("setup", "--language", "en", "--profile", "standard")
        member.run("join", network.invite(tmp_path / f"{member.home.name}-invite.png"), "--yes")
    mother.run("meet", "딸", "--show", tmp_path / "mother.png")
    daughter.run("meet", "어머니", "--show", tmp_path / "daughter.png")
    mother.run("meet", "딸", "--scan", tmp_path / "daughter.png")
    daughter.run("meet", "어머니", "--scan", tmp_path / "mother.png")
    free(wires, daughter)
    mother.run("sync", "--proxy", wires.proxy.url)  # remembered from now on
    sent: list[str] = []

    def letter_goes(text: str) -> None:
        mother.run("write", "딸", "-", text=text + "\n")
        daughter.run("write", "어머니", "-", text=f"답: {text}\n")
        sent.append(text)

    def both_arrive() -> None:
        wait_until(f"{sent[-1]} at the daughter's", lambda: sent[-1] in texts(daughter) + kept(daughter), PATIENCE_S)
        answer = f"답: {sent[-1]}"
        wait_until(f"{answer} at the mother's", lambda: answer in texts(mother) + kept(mother), PATIENCE_S)

    began = time.monotonic()
    mother.go_online()
    try:
        letter_goes("벽이 서기 전")
        both_arrive()
        assert wires.proxy.asked == []

        # The first relay is reset, and then refuses connections: the reserve takes over.
        wires.set(0, Line.RESET)
        letter_goes("첫 우편함이 끊겼을 때")
        wait_until("the reserve", lambda: mother.json("status")["guard"] == 1, PATIENCE_S)
        both_arrive()
        assert wires.proxy.asked == []

        # All of them: through the proxy.
        for number in range(3):
            wires.set(number, Line.RESET)
        letter_goes("모두 막혔을 때")
        wait_until("the proxy", lambda: bool(wires.proxy.asked), PATIENCE_S)
        both_arrive()
        assert "carry pack" not in said(mother)

        # The proxy as well: it suggests a bundle.
        wires.proxy.refusing = True
        wires.set(0, Line.REFUSED)
        letter_goes("길이 없을 때")
        wait_until("word of a courier", lambda: "carry pack" in said(mother), 3 * PATIENCE_S)
        slots = (time.monotonic() - began) / SLOT_S
        # An exchange a slot, tried directly and then through the proxy, and no storm.
        assert sum(wires.met) + len(wires.proxy.asked) < 2 * slots + 20
    finally:
        mother.go_offline()
    wires.set(0, Line.OPEN)  # it is the mother's line that is blocked, not the courier's
    mother.run("carry", "address", tmp_path / "box.address")
    for trip in range(8):
        bundle, answers = tmp_path / f"bundle{trip}", tmp_path / f"answers{trip}"
        mother.run("carry", "pack", bundle)
        box = ("--address", tmp_path / "box.address", "--wait", "0.0012")
        run(client_command("carry", "run", bundle, answers, *box), env=environment())
        mother.run("carry", "unpack", answers)
        texts(mother)
        texts(daughter)
        if kept(mother) == [f"답: {text}" for text in sent] and kept(daughter) == sent:
            break
    assert kept(daughter) == sent
    assert kept(mother) == [f"답: {text}" for text in sent]
