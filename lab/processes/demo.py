"""The main job on this machine: three relays, two people, a Korean letter of several cells and its answer.

Every step is a command that an operator, a helper or a family member types. Prints what each person sees beside
what each relay holds. Exit code 0 when both letters arrived whole and no relay holds a word or a name; 1 otherwise.
"""

import shutil
import sys
import tempfile
import time
from pathlib import Path

from rich.columns import Columns
from rich.console import Console
from rich.panel import Panel
from rich.progress import Progress, SpinnerColumn, TextColumn, TimeElapsedColumn
from rich.text import Text

from lab.processes.processes import CommandFailed, Member, Network, wait_until

PATIENCE_S = 90.0
MEMORIES = (
    "어머니, 저는 잘 지내고 있어요.",
    "봄이면 뒷산에서 함께 캐던 냉이 냄새가 아직도 납니다.",
    "동생은 벌써 저보다 키가 큽니다.",
    "밥은 꼭 챙겨 먹고, 겨울에는 방을 따뜻하게 하세요.",
    "아버지가 깎아 주신 팽이를 꿈에서 보았어요.",
    "여기서는 저녁마다 강가를 걷습니다.",
    "답장은 천천히 주셔도 됩니다. 기다리고 있을게요.",
)
ANSWER = "잘 받았다. 글씨는 못 알아봐도 네 목소리가 들린다. 밭에서 감자를 구워 먹던 날을 기억하지?\n"


def long_letter() -> str:
    """Return a letter of about nine thousand bytes, so of several cells, in which every line is different."""
    return "\n".join(f"{day}일째. {MEMORIES[day % len(MEMORIES)]}" for day in range(1, 121)) + "\n"


def words_of(member: Member, person: str) -> str:
    """Return the text of the newest letter from `person`, kept so that it can be shown again."""
    letters = member.json("read", person, "--keep")["letters"]
    return str(letters[-1]["text"]) if letters else ""


def show(console: Console, sees: dict[str, str], holds: dict[str, str]) -> None:
    """Print what people see and what relays hold, next to each other."""
    console.print(
        Columns([Panel(Text(text), title=title, width=38) for title, text in sees.items()], equal=True), soft_wrap=False
    )
    for title, text in holds.items():
        console.print(Panel(Text(text), title=title))


def run(folder: Path, console: Console) -> bool:
    """Run the whole story in `folder`; return whether all of it came true."""
    start = time.monotonic()
    network = Network(folder)
    mother = Member(folder / "mother", "감자 옥수수 맷돌 외양간")
    daughter = Member(folder / "daughter", "강가 저녁 다리 등불")
    people = (("어머니", mother), ("딸", daughter))
    with Progress(
        SpinnerColumn(), TextColumn("{task.description}"), TimeElapsedColumn(), console=console, transient=False
    ) as progress:
        task = progress.add_task("three relays and a community")

        def step(text: str) -> None:
            progress.console.print(f"  {time.monotonic() - start:5.1f} s  {text}", highlight=False)
            progress.update(task, description=text)

        network = Network.make(folder / "net")
        try:
            network.start()
            step("three relays run")
            for title, member in people:
                member.run("setup", "--language", "ko", "--profile", "standard")
                card = network.invite(folder / f"invite-{member.home.name}.png")
                member.run("join", card, "--yes")
                step(f"{title}: invited by a QR code read from its picture")
            mother.run("meet", "딸", "--show", folder / "mother.png")
            daughter.run("meet", "어머니", "--show", folder / "daughter.png")
            mother.run("meet", "딸", "--scan", folder / "daughter.png")
            daughter.run("meet", "어머니", "--scan", folder / "mother.png")
            step("they met and scanned each other's QR codes")
            letter = long_letter()
            (folder / "letter.txt").write_text(letter, "utf-8")
            for _, member in people:
                member.go_online()
            daughter.run("write", "어머니", folder / "letter.txt")
            step(f"딸: wrote a letter of {len(letter.encode()):,} bytes while online")
            received = answered = ""

            def mother_has_it() -> bool:
                nonlocal received
                received = words_of(mother, "딸")
                return bool(received)

            took = wait_until("the letter at the mother's", mother_has_it, PATIENCE_S)
            step(f"어머니: the letter is here after {took:.0f} s; she answers")
            mother.run("write", "딸", "-", text=ANSWER)

            def daughter_has_it() -> bool:
                nonlocal answered
                answered = words_of(daughter, "어머니")
                return bool(answered)

            took = wait_until("the answer at the daughter's", daughter_has_it, PATIENCE_S)
            step(f"딸: the answer is here after {took:.0f} s")
            wait_until(
                "the word that both letters arrived",
                lambda: all(
                    entry["status"] == "arrived" for _, member in people for entry in member.json("letters")["letters"]
                ),
                PATIENCE_S,
            )
            step("both letters are known to have arrived")
            sees = {title: member.run("letters") + "\n" + member.run("people") for title, member in people}
            holds = {relay.directory.name: relay.inspect() for relay in network.relays}
        finally:
            for _, member in people:
                if member.process is not None:
                    member.go_offline()
            network.stop()
    show(console, sees, holds)
    disks = b"".join(
        path.read_bytes() for relay in network.relays for path in sorted(relay.directory.iterdir()) if path.is_file()
    )
    checks = {
        "the letter arrived unchanged": received == letter,
        "the answer arrived unchanged": answered == ANSWER,
        "no relay's disk holds a word or a name": not any(
            word.encode() in disks for word in (*MEMORIES, ANSWER.strip(), "어머니", "딸")
        ),
    }
    for what, true in checks.items():
        console.print(f"{'yes' if true else 'NO '}  {what}", highlight=False)
    console.print(f"{time.monotonic() - start:.0f} s in all", highlight=False)
    return all(checks.values())


def main() -> int:
    """Run in a folder of its own that is removed afterwards."""
    console = Console()
    folder = Path(tempfile.mkdtemp(prefix="sosik-demo-"))
    try:
        return 0 if run(folder, console) else 1
    except CommandFailed as failure:
        console.print(f"The demo stopped: {failure}", markup=False)
        return 1
    finally:
        shutil.rmtree(folder, ignore_errors=True)


if __name__ == "__main__":
    sys.exit(main())
