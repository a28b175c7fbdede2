"""A relay that the community takes off its roster: it was told nothing, learns it all the same, and ends."""

import shutil
from pathlib import Path

import pytest

from lab.processes.processes import Network, environment, relay_command, run, run_here, wait_until

OFF = 2
PATIENCE_S = 90.0


@pytest.mark.long
@pytest.mark.timeout(240)
def test_a_relay_that_was_taken_off_the_roster_ends_says_why_and_does_not_start_again(tmp_path: Path) -> None:
    network = Network.make(tmp_path, relays=3)
    network.start()
    try:
        (network.community / "relays" / f"{OFF:03}.card").unlink()
        run_here(relay_command("roster", "sign", network.community), env=environment())
        shutil.copyfile(network.community / "roster", network.relays[0].directory / "roster")
        network.relays[0].stop()
        network.relays[0].start()
        off = network.relays[OFF]
        process = off.process
        assert process is not None
        wait_until("its end", lambda: process.poll() is not None, PATIENCE_S)
        assert process.returncode == 5
        said = (off.directory / "said").read_text("utf-8")
        assert "taken_off_roster" in said
        assert "The community has taken this relay off its roster" in said
        for command in ("doctor", "run"):
            run(relay_command(command, off.directory), expect=5, env=environment())
    finally:
        network.stop()
