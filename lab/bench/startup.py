"""Rows: how long `sosik --help` and `sosik letters` take to start, against a Python that does nothing.

Processor time of the whole child process (user and system), because wall time on a shared machine measures the others;
with a core to itself a start takes as long. From `sosik letters` the derivation of the key from the opening words is
taken away, measured beside it: it is slow on purpose. Aims: 150 ms and 350 ms where a bare start takes 25 ms.
"""

import resource
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path

from lab.bench.row import Row
from lab.processes.processes import Member, client_command, environment

AGAINST = "a Python that does nothing: python -c pass"
BARE_MS = 25.0
HELP_MS = 150.0
LETTERS_MS = 350.0
PREPARED = (
    "from nacl.bindings import crypto_pwhash_alg, crypto_pwhash_ALG_ARGON2ID13\n"
    "from client_cli.vault.key_file import WordsCost\n"
    "cost = WordsCost()\n"
)
DERIVED = "crypto_pwhash_alg(32, b'words', bytes(16), cost.ops, cost.memory_kib * 1024, crypto_pwhash_ALG_ARGON2ID13)\n"


def _used_ms() -> float:
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return 1000 * (used.ru_utime + used.ru_stime)


def _command_ms(*command: str) -> float:
    before = _used_ms()
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL, env=environment())
    return _used_ms() - before


def _letters_ms(member: Member) -> float:
    before = _used_ms()
    member.run("letters")
    return _used_ms() - before


def _make_member(folder: Path) -> Member:
    """A member who has met somebody and written a letter, so that `letters` has something to show."""
    members = [Member(folder / name, "네 개의 여는 말") for name in ("one", "two")]
    cards = [folder / "one.png", folder / "two.png"]
    for member, card in zip(members, cards, strict=True):
        member.run("setup", "--language", "ko", "--profile", "standard")
        member.run("meet", "어머니", "--show", card)
    members[0].run("meet", "어머니", "--scan", cards[1])
    members[0].run("write", "어머니", "-", text="보고 싶어요.\n")
    return members[0]


def measure_startup(rounds: int) -> list[Row]:
    """Measure all of them `rounds` times in turn."""
    bare, shown, listed = [], [], []
    with tempfile.TemporaryDirectory(prefix="sosik-bench-") as name:
        member = _make_member(Path(name))
        for _ in range(rounds):
            bare.append(_command_ms(sys.executable, "-c", "pass"))
            shown.append(_command_ms(*client_command("--help")))
            without = _command_ms(sys.executable, "-c", PREPARED)
            derivation = _command_ms(sys.executable, "-c", PREPARED + DERIVED) - without
            listed.append(_letters_ms(member) - derivation)
    return [
        Row(
            name,
            statistics.median(ours),
            "ms",
            statistics.median(b / a for a, b in zip(ours, bare, strict=True)),
            AGAINST,
            BARE_MS / aim_ms,
        )
        for name, ours, aim_ms in (("start of help", shown, HELP_MS), ("start of letters", listed, LETTERS_MS))
    ]
