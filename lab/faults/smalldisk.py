"""A disk that is really small, then really full, then write-protected: a tmpfs in a mount namespace of the lab's own.

`python -m lab.faults.smalldisk FOLDER SEED` runs inside `unshare --user --map-root-user --mount`, where anybody may
mount; it prints outcomes as JSON. Where no such namespace can be made, `in_a_namespace` says so and gives nothing.
"""

import errno
import json
import shutil
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import asdict
from functools import partial
from pathlib import Path
from random import Random

from lab.faults.disks import met_and_mended
from lab.faults.letters import Outcome
from lab.faults.scenarios import Scenario, run
from lab.faults.setting import Setting
from lab.processes.processes import CommandFailed, die_with_parent

NAME = "small disk"
SIZE = "6m"
FILE_PROBLEM, NOT_WRITTEN = 4, 12
_UNSHARE = ("unshare", "--user", "--map-root-user", "--mount")


class NotTold(AssertionError):
    """A program on a write-protected disk ended in another way than promised."""


def possible() -> bool:
    """Whether this machine lets us make such a namespace and mount in it."""
    if shutil.which("unshare") is None:
        return False
    probe = [*_UNSHARE, "mount", "-t", "tmpfs", "tmpfs", "/mnt"]
    return subprocess.run(probe, capture_output=True, check=False).returncode == 0


def in_a_namespace(folder: Path, seed: int) -> Iterator[Outcome]:
    """Run it there. CommandFailed when it does not end well."""
    if not possible():
        print("no file system can be mounted here: a small disk was not tried", file=sys.stderr)
        return
    folder.mkdir()
    done = subprocess.run(
        [*_UNSHARE, sys.executable, "-m", "lab.faults.smalldisk", str(folder), str(seed)],
        stdout=subprocess.PIPE,
        encoding="utf-8",
        preexec_fn=die_with_parent,
        check=False,
    )
    if done.returncode:
        raise CommandFailed(f"the run on a small disk ended with {done.returncode}")
    for line in done.stdout.splitlines():
        yield Outcome(**json.loads(line))


def mount(place: Path) -> None:
    """Put an empty small file system there."""
    place.mkdir(mode=0o700, parents=True)
    subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={SIZE},mode=700", "tmpfs", place], check=True)


def fill(place: Path) -> Path:
    """Fill what is left with a file; the file."""
    ballast = place / "ballast"
    with ballast.open("wb", buffering=0) as out:
        for size in (65536, 4096, 1):
            try:
                while True:
                    out.write(bytes(size))
            except OSError as error:
                if error.errno != errno.ENOSPC:
                    raise
    return ballast


def full(setting: Setting, name: str, place: Path) -> str:
    """The disk is filled to the last byte while the process runs, and emptied some seconds later."""
    ballast = fill(place)
    ended = met_and_mended(setting, name, ballast.unlink)
    return f"the disk of {_who(name)} filled to the last byte for some seconds{ended}"


def protected(setting: Setting, name: str, place: Path) -> str:
    """The disk is write-protected when the process starts: it says so and changes nothing; then it starts as ever."""
    setting.stop(name)
    setting.close_vault(name)  # a disk on which a file is open for writing cannot be protected
    subprocess.run(["mount", "-o", "remount,ro", place], check=True)
    wanted = FILE_PROBLEM if name in setting.relay_names else NOT_WRITTEN
    code = _started_and_ended(setting, name)
    if code != wanted:
        raise NotTold(f"{name} on a write-protected disk ended with {code} and not with {wanted}")
    subprocess.run(["mount", "-o", "remount,rw", place], check=True)
    setting.open_vault(name)
    setting.start(name)
    return f"the disk of {_who(name)} write-protected at start (code {code}), then not any more"


def _started_and_ended(setting: Setting, name: str) -> int:
    process = setting.process(name)
    if name in setting.members:
        member = setting.members[name]
        running = member.spawn("online", stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        running.communicate(timeout=60)
        return running.returncode
    command = process.launch(["", "", "", "run", str(setting.network.relays[int(name[-1])].directory)])
    return subprocess.run(
        command, capture_output=True, timeout=60, check=False, env=setting.environment(name)
    ).returncode


def _who(name: str) -> str:
    return "one relay" if name.startswith("relay") else "one client"


def main() -> int:
    """Inside the namespace."""
    folder, seed = Path(sys.argv[1]), int(sys.argv[2])
    places = {"relay2": folder / "net" / "relay2", "daughter": folder / "daughter"}
    for place in places.values():
        mount(place)
    with Setting(folder, Random(seed)) as setting:
        for name, place in places.items():
            for fault in (full, protected):
                what = f"{NAME} of {_who(name)}, {fault.__name__}"
                scenario = Scenario("disk", what, partial(fault, name=name, place=place))
                print(json.dumps(asdict(run(setting, scenario))), flush=True)
        setting.settle()
    return 0


if __name__ == "__main__":
    sys.exit(main())
