"""Whether a relay has told everybody the same keys and the same roster: what the seals of the others say.

Every seal names, for each other relay, the descriptor that its signer holds for the seal's day and for the next; the
first one stays, so an honest relay never says two things. A key is used only if a majority of the *other* relays name
the descriptor that holds it. The relays that count are all but the owner; one whose word on it we do not have is left
out only if everybody who vouches for the key says that it has been away. What a relay shows on its own board it says:
it cannot take that back by its seal, and so mute whom it likes. Spec: docs/protocol.md, Agreement.

Invariant: pure, and what one relay signs can never make its own key agreed.
Decision 114.
"""

from collections.abc import Collection, Mapping
from typing import Final

from protocol.board.log import NO_WORD, Seal
from protocol.community.constants import Constants
from protocol.primitives.days import day_of
from protocol.seams import RelayId

AWAY_SEALS: Final = 2
"""A relay whose newest page is this many seals old is away."""


class Words:
    """The newest seal of each relay, as far as it was read."""

    def __init__(self, seals: Mapping[RelayId, Seal], relays: Collection[RelayId], constants: Constants) -> None:
        self._seals = {relay: seal for relay, seal in seals.items() if relay in relays}
        self._relays = relays
        self._constants = constants

    def of(self, signer: RelayId, owner: RelayId, day: int) -> bytes | None:
        """Return the hash of the descriptor that `signer` holds of `owner` for a UTC day; None: no word on it."""
        seal = self._seals.get(signer)
        seen = None if seal is None else seal.seen_of(owner)
        if seal is None or seen is None:
            return None
        ahead = day - day_of(self._constants.interval_start(seal.interval))
        word = {0: seen.today, 1: seen.tomorrow}.get(ahead, NO_WORD)
        return None if word == NO_WORD else word

    def agree(
        self, owner: RelayId, day: int, digest: bytes, *, board: RelayId | None = None, without: RelayId | None = None
    ) -> bool:
        """Tell whether the others agree that `digest` is the descriptor of `owner` for a UTC day.

        `board`: the relay on whose board it was read last, which thereby names it. `without`: a relay whose word does
        not count either. True if there is nobody who could vouch.
        """
        others = [relay for relay in self._relays if relay not in (owner, without)]
        words = {relay: digest if relay == board else self.of(relay, owner, day) for relay in others}
        return self._majority(others, [relay for relay in others if words[relay] == digest], words, board)

    def disagree(self, owner: RelayId, day: int, digest: bytes, *, board: RelayId | None = None) -> list[RelayId]:
        """Return the others that name another descriptor than `digest`, but the one that showed it; ascending."""
        words = {relay: self.of(relay, owner, day) for relay in self._relays if relay not in (owner, board)}
        return sorted(relay for relay, word in words.items() if word not in (None, digest))

    def named(self, owner: RelayId, day: int, *, without: RelayId) -> bytes | None:
        """Return the descriptor that the others, without one, agree on; None: they do not, or have no word on it."""
        words = {self.of(relay, owner, day) for relay in self._relays if relay not in (owner, without)} - {None}
        found = [word for word in words if word is not None and self.agree(owner, day, word, without=without)]
        return found[0] if len(found) == 1 else None

    def last_page(self, relay: RelayId) -> int:
        """Return the interval of the newest page that anybody says to have of a relay; -1: none."""
        seen = [seal.seen_of(relay) for seal in self._seals.values()]
        return max([one.interval for one in seen if one is not None], default=-1)

    def newest(self, *, without: RelayId) -> int:
        """Return the interval that the seals of at least half of the relays, without one, have reached; -1: none."""
        others = [relay for relay in self._relays if relay != without]
        reached = [self._seals[relay].interval if relay in self._seals else -1 for relay in others]
        return sorted(reached, reverse=True)[(len(others) - 1) // 2] if others else -1

    def silent(self, relay: RelayId) -> bool:
        """Tell whether more than half of all the others say that nothing has come from `relay` for `silent_ms`.

        All the others count, those that are silent themselves included: a guard that hides what some of them sign can
        bring nobody to go around one that the others hear. Its own seals do not: it might show them to one client.
        """
        pages = self._constants.silent_ms // self._constants.page_ms
        others = [other for other in self._relays if other != relay]
        old = [other for other in others if (seal := self._seals.get(other)) and _old(seal, relay, pages)]
        return 2 * len(old) > len(others)

    def roster_passed(self, version: int, digest: bytes, *, without: RelayId) -> bool:
        """Tell whether a majority of the relays, without one, follow a later roster than `version`, or one of that
        version with another hash than `digest`."""
        others = [relay for relay in self._relays if relay != without]
        told = {relay: self._seals.get(relay) for relay in others}
        passed = [relay for relay, seal in told.items() if seal is not None and _passes(seal, version, digest)]
        return bool(others) and self._majority(others, passed, told)

    def _majority(
        self,
        others: Collection[RelayId],
        voters: Collection[RelayId],
        words: Mapping[RelayId, object],
        board: RelayId | None = None,
    ) -> bool:
        tellers = [voter for voter in voters if voter != board] or voters
        absent = [
            relay for relay in others if words[relay] is None and all(self._away(teller, relay) for teller in tellers)
        ]
        return not others or (bool(voters) and 2 * len(voters) > len(others) - len(absent))

    def _away(self, voter: RelayId, relay: RelayId) -> bool:
        """Whether, by the newest seal of `voter`, nothing has come from `relay` for some seals."""
        seal = self._seals.get(voter)
        if seal is None:
            return False
        seen = seal.seen_of(relay)
        return seen is None or seen.interval + AWAY_SEALS * self._constants.pages_per_seal < seal.interval


def _old(seal: Seal, relay: RelayId, pages: int) -> bool:
    seen = seal.seen_of(relay)
    return seen is not None and seen.interval + pages <= seal.interval


def _passes(seal: Seal, version: int, digest: bytes) -> bool:
    return seal.roster_version > version or (seal.roster_version == version and seal.roster_hash != digest)
