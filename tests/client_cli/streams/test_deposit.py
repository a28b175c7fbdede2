"""What a deposit slot leaves looks the same whether a letter, a loop or nobody made it."""

from collections import Counter
from pathlib import Path

from client_cli.outbox.letters import write_letter
from client_cli.outbox.sending import next_content
from client_cli.post.slots import cover
from client_cli.streams.deposit import Deposit
from client_cli.streams.loops import next_loop
from protocol.sizes import CELL_BYTES, HOLE_BYTES
from tests.kits.homes import NOW, RELAYS, Home, pair


def deposits(home: Home) -> list[Deposit | None]:
    """A cell of a letter, a loop, and cover."""
    write_letter(home.vault, home.person("딸"), "가" * 900, NOW)
    home.keep_house(NOW)
    with home.vault.transaction() as tx:
        content = [next_content(tx, store, NOW, home.randomness) for store in RELAYS]
        loop = next_loop(tx, RELAYS[0], NOW, home.crypto)
    return [next((one for one in content if one is not None), None), loop, cover(home.randomness)]


def test_letters_loops_and_cover_have_one_shape(tmp_path: Path) -> None:
    mother, _ = pair(tmp_path)
    made = deposits(mother)
    for one in made:
        assert one is not None
        assert (len(one.hole), len(one.cell)) == (HOLE_BYTES, CELL_BYTES)
        common = Counter(one.cell).most_common(1)[0][1]
        assert common < 3 * CELL_BYTES / 256, "no padding shows: the commonest of 256 bytes is hardly commoner"
    assert len({one.hole for one in made if one is not None}) == 3
