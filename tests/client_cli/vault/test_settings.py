"""What a person chose at set-up is kept and changed."""

from pathlib import Path

from client_cli.vault.settings import change_settings, settings
from protocol.profile import Profile
from tests.kits.homes import NOW, make_vault


def test_settings_are_kept_and_changed(tmp_path: Path) -> None:
    with make_vault(tmp_path / "home") as vault:
        assert settings(vault).profile is Profile.STANDARD
        assert change_settings(vault, profile=Profile.METERED).made_at == NOW
        assert change_settings(vault, language="zh").profile is Profile.METERED
        assert settings(vault).language == "zh"
