"""What a helper may do: the certificate comes from the community, and two different cards are passed on."""

from pathlib import Path

import pytest

from client_cli.content.new_files import NameTaken
from client_cli.desk.helper import Helper, HelperProblem, certify, load_helper, pass_on
from client_cli.errors import CardProblem
from client_cli.meeting.own_cards import make_introduce_card
from protocol.people.certificate import parse_certificate
from tests.kits.homes import DAY, NOW, Home, entropy, make_home
from tests.kits.villages import keeper


@pytest.fixture
def helper(tmp_path: Path) -> Helper:
    certify(keeper(tmp_path / "community"), tmp_path / "helper", "온누리", 30, NOW, entropy(50))
    return load_helper(tmp_path / "helper", NOW)


@pytest.fixture
def two(tmp_path: Path) -> tuple[Home, Home]:
    return make_home(tmp_path / "a", 1), make_home(tmp_path / "b", 2)


def cards(two: tuple[Home, Home]) -> tuple[str, str]:
    a, b = two
    return (
        make_introduce_card(a.vault, "동생", NOW, a.crypto),
        make_introduce_card(b.vault, "언니", NOW, b.crypto),
    )


def test_certify_needs_the_communitys_own_folder_and_a_free_name(tmp_path: Path) -> None:
    folder = keeper(tmp_path / "community")
    certify(folder, tmp_path / "helper", "온누리", 30, NOW, entropy(50))
    for file in ("helper.key", "helper.cert", "roster"):
        assert (tmp_path / "helper" / file).stat().st_mode & 0o777 == 0o600
    assert parse_certificate((tmp_path / "helper" / "helper.cert").read_bytes()).name == "온누리"
    with pytest.raises(NameTaken, match="helper-2"):
        certify(folder, tmp_path / "helper", "온누리", 30, NOW, entropy(51))
    (folder / "community.key").write_bytes(b"x" * 32)
    with pytest.raises(HelperProblem):
        certify(folder, tmp_path / "other", "온누리", 30, NOW, entropy(51))


def test_helper_passes_on_only_two_different_introduce_cards(two: tuple[Home, Home], helper: Helper) -> None:
    of_a, of_b = cards(two)
    for card, to in ((of_a, of_a), ("SOSIK1:X.", of_b), (pass_on(helper, of_b, of_a, NOW), of_b)):
        with pytest.raises(CardProblem):
            pass_on(helper, card, to, NOW)
    with pytest.raises(CardProblem, match="too old"):
        pass_on(helper, of_a, of_b, NOW + 40 * DAY)
