"""People who use bundles alone, and a courier who posts them."""

from pathlib import Path

from client_cli.courier.packing import BUNDLE_PROFILE, Bundle, pack
from client_cli.courier.unpacking import Unpacked, unpack
from client_cli.inbox.reading import unread
from client_cli.outbox.letters import write_letter
from client_cli.people.contacts import require_person
from client_cli.post.postman import Exchange
from client_cli.randomness import Randomness
from protocol.profile import Profile
from protocol.seams import RelayId
from protocol.sizes import RESPONSE_BYTES
from tests.kits.small_network import SmallNetwork, make_member, make_postman, run_slots, seeded

HOUR = 3600.0
PAGE_S = 300.0


class Person:
    """Somebody with a vault, who only ever uses bundles after the first hour."""

    def __init__(self, network: SmallNetwork, home: Path, name: str, profile: Profile = Profile.STANDARD) -> None:
        self.network = network
        self.vault = make_member(network, home, name, profile)
        self.randomness = Randomness(seeded(f"{name} content"), seeded(f"{name} crypto"))
        self.name = name

    def enrol(self) -> None:
        postman = make_postman(self.vault, f"{self.name} online")
        postman.start(self.network.now)
        run_slots(self.network, postman, self.network.now + HOUR)

    def pack(self, count: int = 8) -> Bundle:
        return pack(self.vault, count, self.network.now, self.randomness)

    def unpack(self, answers: list[bytes]) -> Unpacked:
        return unpack(self.vault, answers, self.network.now, self.randomness)

    def write(self, other: str, text: str) -> None:
        write_letter(self.vault, require_person(self.vault, other), text, self.network.now)

    @property
    def got(self) -> list[str]:
        return [letter.text for letter in unread(self.vault)]


def post(network: SmallNetwork, blocks: list[bytes]) -> list[bytes]:
    """What a courier gets for these blocks; a page is cut afterwards."""
    answers = []
    for block in blocks:
        answer = network.answer(
            Exchange(RelayId(0), network.relays[0].url, bytes(32), block, RESPONSE_BYTES[BUNDLE_PROFILE], 0),
            network.now,
        )
        assert answer is not None
        answers.append(answer)
    network.now += PAGE_S
    network.cut_pages(network.now)
    return answers


def trip(network: SmallNetwork, bundle: Bundle) -> list[bytes]:
    """Send and collect three hours later."""
    sent = post(network, list(bundle.blocks[0::2]))
    network.now += 3 * HOUR
    return sent + post(network, list(bundle.blocks[1::2]))
