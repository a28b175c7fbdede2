"""Portraits: one for each person, chosen here alone, sealed, and gone when they are removed."""

from pathlib import Path

import pytest
from PIL import Image

from client_cli.content.pictures import PictureUnreadable, make_picture
from client_cli.errors import KeyUnavailable
from client_cli.people.portraits import find_portrait, portraits, remove_portrait, set_portrait
from tests.kits.homes import pair


def picture(folder: Path, colour: str) -> bytes:
    Image.new("RGB", (60, 40), colour).save(folder / f"{colour}.png")
    return make_picture(folder / f"{colour}.png").body


def test_a_person_has_one_portrait_until_it_is_removed(tmp_path: Path) -> None:
    mother, _ = pair(tmp_path)
    daughter, red, blue = mother.person("딸"), picture(tmp_path, "red"), picture(tmp_path, "blue")
    assert find_portrait(mother.vault, daughter) is None
    set_portrait(mother.vault, daughter, red)
    set_portrait(mother.vault, daughter, blue)
    assert portraits(mother.vault) == {daughter.number: blue}
    with mother.vault.transaction() as tx:
        ((sealed,),) = tx.all("SELECT sealed_picture FROM portraits")
    assert blue not in sealed
    assert remove_portrait(mother.vault, daughter)
    assert not remove_portrait(mother.vault, daughter)
    assert find_portrait(mother.vault, daughter) is None


def test_what_is_no_picture_of_ours_or_has_no_key_changes_nothing(tmp_path: Path) -> None:
    mother, _ = pair(tmp_path)
    daughter, red = mother.person("딸"), picture(tmp_path, "red")
    set_portrait(mother.vault, daughter, red)
    with pytest.raises(PictureUnreadable):
        set_portrait(mother.vault, daughter, b"no picture")
    assert find_portrait(mother.vault, daughter) == red
    mother.vault.drop_letters_key()
    for refused in (lambda: portraits(mother.vault), lambda: set_portrait(mother.vault, daughter, red)):
        with pytest.raises(KeyUnavailable):
            refused()
