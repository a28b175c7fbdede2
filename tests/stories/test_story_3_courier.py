"""Story 3, the courier: a bundle is copied, cut short, run twice and in another order; every letter arrives once, what
is missing is named, nothing in the file tells who it is for."""

import shutil
import zlib
from collections.abc import Iterator
from pathlib import Path

import pytest

from client_cli.errors import ExitCode
from lab.processes.processes import QUICK, Member, Network, client_command, environment, run, wait_until

pytestmark = [pytest.mark.long, pytest.mark.timeout(900)]  # some seventy commands, each of which opens a vault

BLOCK, ANSWER = 6144, 8192
MISSING = ExitCode.SOME_MISSING
TRIPS = 10
FROM_MOTHER = ["딸아, 감자를 캤다.", "겨울 채비를 한다.", "너는 밥을 잘 먹느냐."]
FROM_DAUGHTER = ["어머니, 저는 잘 있어요.", "여기는 눈이 왔어요.", "또 쓸게요."]


@pytest.fixture
def network(tmp_path: Path) -> Iterator[Network]:
    made = Network.make(tmp_path / "net", constants=QUICK)
    made.start()
    try:
        yield made
    finally:
        made.stop()


def courier(folder: Path, *args: str | Path, expect: int = 0) -> str:
    """Run `sosik carry run` on a computer where nobody has a vault."""
    empty = folder / "courier"
    empty.mkdir(exist_ok=True)
    nowhere = environment(HOME=str(empty), SOSIK_HOME=str(empty / "none"))
    said = run(client_command("carry", "run", *args, "--wait", "0.0012"), env=nowhere, expect=expect)
    assert not list(empty.iterdir())
    return said


def kept(member: Member) -> list[str]:
    """Everything this person has received: what is new is read and kept first."""
    member.run("read", "--keep", "--json")
    return [letter["text"].strip() for letter in member.json("read", "--kept")["letters"]]


def test_story_3_the_courier(network: Network, tmp_path: Path) -> None:
    mother, daughter = (
        Member(tmp_path / "mother", "감자 옥수수 맷돌 외양간"),
        Member(tmp_path / "daughter", "강가 저녁 다리 등불"),
    )
    people = {"어머니": mother, "딸": daughter}
    for member in people.values():
        member.run("setup", "--language", "en", "--profile", "standard")
        member.run("join", network.invite(tmp_path / f"{member.home.name}-invite.png"), "--yes")
    mother.run("meet", "딸", "--show", tmp_path / "mother.png")
    daughter.run("meet", "어머니", "--show", tmp_path / "daughter.png")
    mother.run("meet", "딸", "--scan", tmp_path / "daughter.png")
    daughter.run("meet", "어머니", "--scan", tmp_path / "mother.png")
    mother.run("carry", "address", tmp_path / "box.address")
    address = ("--address", tmp_path / "box.address")

    # The mother is never online: even her first bundle, which lets her in, goes by courier - on paper.
    mother.run("carry", "pack", tmp_path / "first.png", "--exchanges", "1")
    courier(tmp_path, tmp_path / "first.png", tmp_path / "first.answers", *address)
    mother.run("carry", "unpack", tmp_path / "first.answers")

    for text in FROM_MOTHER:
        mother.run("write", "딸", "-", text=text + "\n")
    daughter.go_online()
    try:
        for text in FROM_DAUGHTER:
            daughter.run("write", "어머니", "-", text=text + "\n")

        # Two bundles; a copy of the first is cut short inside a block.
        one, two, cut = (tmp_path / name for name in ("one", "two", "cut"))
        for bundle in (one, two):
            mother.run("carry", "pack", bundle, "--exchanges", "16")
            tells_nothing(bundle, network, [*people, *FROM_MOTHER, *FROM_DAUGHTER, "고향 소식"])
            assert bundle.stat().st_size == 2 * 16 * BLOCK
        cut.write_bytes(one.read_bytes()[: 9 * BLOCK + 700])

        # The second one goes first, the cut copy next; what is missing is named by its place in the file.
        courier(tmp_path, two, tmp_path / "two.answers", *address)
        courier(tmp_path, cut, tmp_path / "cut.answers", *address)
        said = mother.run("carry", "unpack", tmp_path / "cut.answers", expect=MISSING)
        assert "New answers: 9." in said
        assert named(mother, tmp_path / "cut.answers") == (
            "11, 13, 15, 17, 19, 21, 23, 25, 27, 29, 31",
            "10, 12, 14, 16, 18, 20, 22, 24, 26, 28, 30, 32",
        )

        # The whole one: collected before it was sent, then sent, then both once more; the answers copied and cut.
        courier(tmp_path, one, tmp_path / "one.answers", *address, "--collect")
        courier(tmp_path, one, tmp_path / "one.answers", *address, "--send")
        courier(tmp_path, one, tmp_path / "one.answers", *address)
        answers = (tmp_path / "one.answers").read_bytes()
        assert len(answers) == 64 * ANSWER
        (tmp_path / "half").write_bytes(answers[-20 * ANSWER - 5 :][5:] + b"left over")
        mother.run("carry", "unpack", tmp_path / "half", expect=MISSING)
        shutil.copy(tmp_path / "one.answers", tmp_path / "copy")
        mother.run("carry", "unpack", tmp_path / "copy", tmp_path / "two.answers", tmp_path / "one.answers")
        said = mother.run("carry", "unpack", tmp_path / "two.answers", tmp_path / "cut.answers", tmp_path / "copy")
        assert "New answers: 0." in said

        # Trips go on until everything is there; the letters of both arrive once and in order.
        for trip in range(TRIPS):
            if len(kept(mother)) == len(FROM_DAUGHTER) and len(kept(daughter)) == len(FROM_MOTHER):
                break
            mother.run("carry", "pack", tmp_path / f"trip{trip}")
            courier(tmp_path, tmp_path / f"trip{trip}", tmp_path / f"back{trip}", *address)
            mother.run("carry", "unpack", tmp_path / f"back{trip}")
        wait_until("the mother's letters", lambda: len(kept(daughter)) == len(FROM_MOTHER), 120)
        for path in sorted(tmp_path.glob("*.answers")) + sorted(tmp_path.glob("back*")):
            mother.run("carry", "unpack", path)
        assert kept(mother) == FROM_DAUGHTER
        assert kept(daughter) == FROM_MOTHER
    finally:
        if daughter.process is not None:
            daughter.go_offline()


def named(member: Member, answers: Path) -> tuple[str, ...]:
    """The places that `unpack` names as missing."""
    pipe = -1
    process = member.spawn("carry", "unpack", answers, stdout=pipe, stderr=pipe)
    _, said = process.communicate(timeout=60)
    return tuple(line.rpartition("blocks ")[2] for line in said.splitlines() if "blocks " in line)


def tells_nothing(bundle: Path, network: Network, words: list[str]) -> None:
    """No name, text, address or key of anybody, and nothing that repeats or could be compressed."""
    data = bundle.read_bytes()
    assert len(data) % BLOCK == 0
    assert not [word for word in words if word.encode() in data]
    roster = (network.community / "roster").read_bytes()
    assert not [at for at in range(0, len(roster) - 16, 16) if roster[at : at + 16] in data]
    assert len({data[at : at + 16] for at in range(0, len(data), BLOCK)}) == len(data) // BLOCK
    assert len(zlib.compress(data, 9)) > len(data)
