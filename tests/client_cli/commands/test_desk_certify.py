"""`sosik desk certify`: a folder of a helper's own, made by whoever keeps the community's key, and made once."""

import time
from pathlib import Path

from client_cli.desk.helper import load_helper
from tests.kits.commandline import CommandLine, make_community


def test_a_helper_is_certified_under_a_name_by_the_community_alone(mother: CommandLine, tmp_path: Path) -> None:
    keeper = make_community(tmp_path / "community", time.time())
    wanted: list[str | Path] = ["desk", "certify", "--community", keeper, "--out", tmp_path / "helper", "--days", "30"]
    assert mother.bare(*wanted, "--name", "온누리").code == 1, "a helper's folder has no key of the community"
    (keeper / "community.key").write_bytes(bytes([1]) * 32)
    assert mother.bare(*wanted, "--name", " ").code == 1
    assert not (tmp_path / "helper").exists()
    assert "온누리" in mother.bare(*wanted, "--name", "온누리").out
    made = tmp_path / "helper"
    assert load_helper(made, time.time()).certificate.name == "온누리"
    assert all(path.stat().st_mode & 0o077 == 0 for path in [made, *made.iterdir()])
    assert mother.bare(*wanted, "--name", "다른 분").code == 1
