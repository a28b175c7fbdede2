"""Chains of pages: a relay or guard that lies is noticed and named. See docs/protocol.md, "Seals"."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from protocol.board.chain import HISTORY_PAGES, Chains, Finding, FindingKind
from protocol.board.log import Seal, Seen
from protocol.board.page import CHAIN_START, chain_hash
from protocol.errors import ProtocolError
from protocol.seams import RelayId

A, B = RelayId(0), RelayId(1)


def _body(interval: int, twist: bytes = b"") -> bytes:
    return b"page" + interval.to_bytes(4, "big") + twist


class Teller:
    """A relay that makes a chain of pages."""

    def __init__(self, relay: RelayId = A, first: int = 100) -> None:
        self.relay = relay
        self.interval = first - 1
        self.chain = CHAIN_START

    def page(self, skip: int = 0, twist: bytes = b"") -> tuple[RelayId, int, bytes]:
        """The page of the next interval, after `skip` without one."""
        self.interval += 1 + skip
        body = _body(self.interval, twist)
        self.chain = chain_hash(self.chain, body)
        return self.relay, self.interval, body

    def seal(self, *others: Seen) -> Seal:
        """The seal of the chain as it is."""
        return Seal(self.relay, self.interval, self.chain, others)


class Listener:
    """Follows tellers and keeps what it noticed; every state is stored and read back."""

    def __init__(self) -> None:
        self.chains = Chains()
        self.noticed: list[Finding] = []

    def page(self, page: tuple[RelayId, int, bytes]) -> None:
        """Follow a page."""
        findings, chains = self.chains.page(*page)
        self._went(findings, chains)

    def seal(self, seal: Seal) -> None:
        """Follow a seal."""
        findings, chains = self.chains.seal(seal)
        self._went(findings, chains)

    def _went(self, findings: list[Finding], chains: Chains) -> None:
        self.noticed += findings
        self.chains = Chains.decode(chains.encode())
        assert self.chains == chains


@pytest.fixture
def teller() -> Teller:
    return Teller()


@pytest.fixture
def listener(teller: Teller) -> Listener:
    """One that has heard a page and a seal of the teller."""
    found = Listener()
    found.page(teller.page())
    found.seal(teller.seal())
    assert found.chains.head(A) == (teller.interval, teller.chain)
    return found


def test_honest_relay_gives_no_findings(teller: Teller, listener: Listener) -> None:
    for number in range(1, 100):
        listener.page(teller.page())
        if number % 12 == 0:
            listener.seal(teller.seal())
    assert listener.noticed == []
    assert listener.chains.head(A) == (teller.interval, teller.chain)


def test_relay_that_was_down_gives_no_findings(teller: Teller, listener: Listener) -> None:
    for skip in (0, 5, 0, 700, 3):
        listener.page(teller.page(skip))
    listener.seal(teller.seal())
    assert listener.noticed == []


def test_seal_that_comes_some_pages_late_is_still_compared(teller: Teller, listener: Listener) -> None:
    listener.page(teller.page())
    late = teller.seal()
    listener.page(teller.page())
    listener.seal(late)
    listener.page(teller.page())
    listener.seal(teller.seal())
    assert listener.noticed == []
    listener.seal(late)
    assert listener.noticed == []


def test_page_left_out_is_a_gap(teller: Teller, listener: Listener) -> None:
    listener.page(teller.page())
    teller.page()
    listener.page(teller.page())
    listener.seal(teller.seal())
    assert listener.noticed == [Finding(FindingKind.GAP, A, teller.interval)]
    listener.page(teller.page())
    listener.seal(teller.seal())
    assert len(listener.noticed) == 1


def test_last_page_before_a_seal_left_out_is_a_gap(teller: Teller, listener: Listener) -> None:
    listener.page(teller.page())
    teller.page()
    listener.seal(teller.seal())
    assert [finding.kind for finding in listener.noticed] == [FindingKind.GAP]
    listener.page(teller.page())
    listener.seal(teller.seal())
    assert len(listener.noticed) == 1


def test_changed_page_is_a_fork(teller: Teller, listener: Listener) -> None:
    relay, interval, body = teller.page()
    listener.page((relay, interval, body + b"x"))
    listener.page(teller.page())
    listener.seal(teller.seal())
    assert listener.noticed == [Finding(FindingKind.FORKED, A, teller.interval)]
    listener.page(teller.page())
    listener.seal(teller.seal())
    assert len(listener.noticed) == 1


def test_changed_page_is_a_fork_also_when_its_seal_comes_late(teller: Teller, listener: Listener) -> None:
    relay, interval, body = teller.page()
    listener.page((relay, interval, body + b"x"))
    late = teller.seal()
    listener.page(teller.page())
    listener.seal(late)
    assert listener.noticed == [Finding(FindingKind.FORKED, A, late.interval)]
    assert listener.chains.head(A) is None
    listener.page(teller.page())
    listener.seal(teller.seal())
    assert listener.chains.head(A) == (teller.interval, teller.chain)
    assert len(listener.noticed) == 1


def test_two_seals_of_one_interval_are_a_fork(teller: Teller, listener: Listener) -> None:
    listener.seal(Seal(A, teller.interval, b"\x01" * 32, ()))
    assert listener.noticed == [Finding(FindingKind.FORKED, A, teller.interval)]


def test_other_relay_that_saw_another_page_is_named(teller: Teller, listener: Listener) -> None:
    other = Teller(B)
    listener.page(other.page())
    listener.seal(other.seal(Seen(A, teller.interval, teller.chain)))
    assert listener.noticed == []
    listener.page(other.page())
    listener.seal(other.seal(Seen(A, teller.interval, b"\x01" * 32), Seen(RelayId(9), 5, bytes(32))))
    assert listener.noticed == [Finding(FindingKind.DISAGREED, A, teller.interval)]


def test_repeated_page_is_named_and_not_chained(teller: Teller, listener: Listener) -> None:
    page = teller.page()
    listener.page(page)
    listener.page(page)
    assert listener.noticed == [Finding(FindingKind.REPEATED, A, teller.interval)]
    listener.seal(teller.seal())
    assert len(listener.noticed) == 1


def test_made_up_page_of_the_future_does_not_end_the_proofs(teller: Teller, listener: Listener) -> None:
    listener.page((A, 2**32 - 1, b"made up"))
    listener.page(teller.page())
    listener.seal(teller.seal())
    assert [finding.kind for finding in listener.noticed] == [FindingKind.REPEATED, FindingKind.FORKED]
    assert listener.chains.head(A) == (teller.interval, teller.chain)


def test_newcomer_is_anchored_by_the_first_seal(teller: Teller) -> None:
    listener = Listener()
    for _ in range(5):
        teller.page()
    for _ in range(3):
        listener.page(teller.page())
    assert listener.chains.head(A) is None
    listener.seal(teller.seal())
    assert listener.chains.head(A) == (teller.interval, teller.chain)
    assert listener.noticed == []


def test_newcomer_is_anchored_by_a_fresh_descriptor(teller: Teller) -> None:
    teller.page()
    listener = Listener()
    listener.chains = listener.chains.anchor(A, teller.interval, teller.chain)
    listener.page(teller.page())
    assert listener.chains.head(A) == (teller.interval, teller.chain)
    listener.seal(teller.seal())
    assert listener.noticed == []


def test_descriptor_of_the_morning_is_no_gap_in_the_evening(teller: Teller) -> None:
    teller.page()
    listener = Listener()
    listener.chains = listener.chains.anchor(A, teller.interval, teller.chain)
    for _ in range(20):
        teller.page()
    listener.page(teller.page())
    listener.seal(teller.seal())
    assert listener.noticed == []
    assert listener.chains.head(A) == (teller.interval, teller.chain)


def test_seal_repeated_in_a_key_block_is_no_gap_for_who_begins_there(teller: Teller) -> None:
    listener = Listener()
    listener.chains = listener.chains.anchor(A, 50, b"\x01" * 32)
    for _ in range(20):
        teller.page()
    listener.seal(teller.seal())
    for _ in range(7):
        teller.page()
    listener.page(teller.page())
    assert listener.chains.head(A) is None
    listener.seal(teller.seal())
    assert listener.noticed == []
    assert listener.chains.head(A) == (teller.interval, teller.chain)


def test_start_of_a_chain_seen_after_its_first_pages_is_no_gap(teller: Teller) -> None:
    listener = Listener()
    listener.chains = listener.chains.anchor(A, 99, CHAIN_START)
    teller.page()
    listener.page(teller.page())
    other = Teller(B)
    listener.page(other.page())
    listener.seal(other.seal(Seen(A, teller.interval, teller.chain)))
    listener.page(teller.page())
    listener.seal(teller.seal())
    assert listener.noticed == []
    assert listener.chains.head(A) == (teller.interval, teller.chain)
    listener.page((A, teller.interval + 1, b"changed"))
    teller.page()
    listener.seal(teller.seal())
    assert [finding.kind for finding in listener.noticed] == [FindingKind.FORKED]


def test_seal_older_than_the_descriptor_says_nothing(teller: Teller) -> None:
    teller.page()
    old = teller.seal()
    for _ in range(3 * HISTORY_PAGES):
        teller.page()
    listener = Listener()
    listener.chains = listener.chains.anchor(A, teller.interval, teller.chain)
    listener.seal(old)
    listener.page(teller.page())
    listener.seal(teller.seal())
    assert listener.noticed == []


def test_descriptor_does_not_move_a_chain_that_is_followed(teller: Teller, listener: Listener) -> None:
    assert listener.chains.anchor(A, teller.interval + 5, bytes(32)) == listener.chains


def test_new_relay_is_anchored_by_the_start_of_its_chain() -> None:
    teller, listener = Teller(B, first=5000), Listener()
    listener.chains = listener.chains.anchor(B, 0, CHAIN_START)
    listener.page(teller.page())
    assert listener.chains.head(B) == (teller.interval, teller.chain)


def test_state_stays_bounded(teller: Teller, listener: Listener) -> None:
    for _ in range(5 * HISTORY_PAGES):
        listener.page(teller.page())
    assert len(listener.chains.by_relay[A].history) == HISTORY_PAGES
    assert listener.chains.only((B,)).by_relay == {}
    assert listener.chains.only((A,)) == listener.chains


@given(st.binary(max_size=100))
def test_arbitrary_stored_bytes_are_chains_or_a_protocol_error(data: bytes) -> None:
    try:
        Chains.decode(data)
    except ProtocolError:
        return


@given(st.lists(st.tuples(st.booleans(), st.integers(0, 60), st.sampled_from([b"", b"x"]), st.booleans()), max_size=40))
def test_whatever_relays_tell_is_a_value_and_never_an_error(told: list[tuple[bool, int, bytes, bool]]) -> None:
    listener = Listener()
    for is_seal, interval, twist, other in told:
        relay = B if other else A
        if is_seal:
            chain = chain_hash(CHAIN_START, twist)
            listener.seal(Seal(relay, interval, chain, (Seen(A if other else B, interval, chain),)))
        else:
            listener.page((relay, interval, _body(interval, twist)))
