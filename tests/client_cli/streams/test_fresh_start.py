"""A fresh start: both sides go on, whoever was put back, and whoever holds the copy learns nothing by it."""

import shutil
from dataclasses import replace
from itertools import pairwise
from pathlib import Path

import pytest

from client_cli.outbox.letters import LetterStatus, letters, write_letter
from client_cli.people.contacts import Standing, get_record, standing_of
from client_cli.streams.deposit import Deposit
from client_cli.streams.expected import find_place
from client_cli.streams.fresh_start import find_put_back, mark_put_back
from client_cli.streams.streams import find_receive, has_pair
from client_cli.vault.vault import Vault
from protocol.errors import ProtocolError
from protocol.letters.letter import MAX_LETTER_NUMBER
from protocol.ratchet.fresh_card import FreshCard, encode_fresh_card, parse_fresh_card
from protocol.streams.cell import open_cell
from protocol.streams.pigeonhole import RESERVED, is_reserved
from tests.kits.homes import DAY, NOW, WORDS, Home, entropy, pair, texts, travel

HOUR = 3600.0


def standings(*homes: Home) -> list[Standing]:
    found = []
    for home in homes:
        with home.vault.transaction() as tx:
            found.append(standing_of(tx, 1))
    return found


def mark(home: Home, now: float, alone_until: float = 0.0) -> None:
    with home.vault.transaction() as tx:
        mark_put_back(tx, now, alone_until)


def copy_of(home: Home, to: Path) -> Home:
    """The folder as it is now, for somebody else."""
    folder = home.vault.home
    home.vault.close()
    shutil.copytree(folder, to)
    home.vault = Vault.open(folder, WORDS)
    return Home(Vault.open(to, WORDS), home.content, home.crypto)


@pytest.mark.parametrize("who", ["one", "the other", "both"])
def test_letters_go_on_whoever_was_put_back(tmp_path: Path, who: str) -> None:
    mother, daughter = pair(tmp_path)
    write_letter(mother.vault, mother.person("딸"), "첫 편지", NOW)
    write_letter(daughter.vault, daughter.person("어머니"), "답장", NOW)
    now = travel(mother, daughter, NOW, 1)
    for name, home in (("one", mother), ("the other", daughter)):
        if who in (name, "both"):
            mark(home, now)
    now = travel(mother, daughter, now)
    assert standings(mother, daughter) == [Standing.SOUND] * 2
    write_letter(mother.vault, mother.person("딸"), "둘째", now)
    write_letter(daughter.vault, daughter.person("어머니"), "또", now)
    now = travel(mother, daughter, now)
    assert (texts(daughter), texts(mother)) == (["첫 편지", "둘째"], ["답장", "또"])
    for home in (mother, daughter):
        assert {letter.status for letter in letters(home.vault, now)} == {LetterStatus.ARRIVED}
        with home.vault.transaction() as tx:
            assert not has_pair(tx, -1)  # what was kept for the fresh start is gone
            fresh = get_record(tx, 1).fresh
        assert fresh is not None
        assert fresh.secret is None


def test_only_cards_leave_until_they_answer(tmp_path: Path) -> None:
    """In pigeonholes that no letter takes, each once, later and later; then none: a meeting is needed."""
    mother, _ = pair(tmp_path)
    write_letter(mother.vault, mother.person("딸"), "나중에", NOW)
    mark(mother, NOW)
    sent: list[float] = []
    holes = set()
    now = NOW
    while now < NOW + 42 * DAY:
        for deposit in mother.deposits(now):
            sent.append(now)
            holes.add(deposit.hole)
        now += 12 * HOUR
    assert len(sent) == len(holes) == RESERVED
    waits = [later - earlier for earlier, later in pairwise(sent)]
    assert waits[0] <= 12 * HOUR
    assert max(waits) <= 3 * DAY + 12 * HOUR
    assert [letter.status for letter in letters(mother.vault, now)] == [LetterStatus.WAITING]


def test_two_runs_from_one_copy_take_different_pigeonholes(tmp_path: Path) -> None:
    """As well as that can be without knowing of each other: each draws."""
    mother, _ = pair(tmp_path)
    runs = [Home(copy_of(mother, tmp_path / name).vault, entropy(n), entropy(n)) for n, name in enumerate("abcdef")]
    holes = set()
    for run in runs:
        mark(run, NOW)
        holes |= {deposit.hole for deposit in run.deposits(NOW)}
    assert len(holes) > 1


def test_letters_that_are_gone_are_counted_with_the_day(tmp_path: Path) -> None:
    mother, daughter = pair(tmp_path)
    copy = copy_of(mother, tmp_path / "copy")
    for number in range(3):
        # Without room for steps to the next generation.
        write_letter(daughter.vault, daughter.person("어머니"), f"{number}" * 3500, NOW)
    travel(daughter, mother, NOW, 2)
    assert len(texts(mother)) == 3
    mark(copy, NOW + 9 * DAY, NOW)
    travel(copy, daughter, NOW + 9 * DAY)
    with copy.vault.transaction() as tx:
        told = get_record(tx, 1).fresh_start
    with daughter.vault.transaction() as tx:
        heard = get_record(tx, 1).fresh_start
    assert told is not None
    assert heard is not None
    assert (told.ours, told.gone, told.since) == (True, 3, int(NOW // DAY))
    assert (heard.ours, heard.gone) == (False, 0)


def test_a_letter_of_which_a_part_came_before_is_whole_or_not_told_as_arrived(tmp_path: Path) -> None:
    """The run that is lost had acknowledged one part of several; the copy has none of them."""
    mother, daughter = pair(tmp_path)
    text = "세 장짜리 편지 " * 500
    write_letter(daughter.vault, daughter.person("어머니"), text, NOW)
    copy = copy_of(mother, tmp_path / "copy")
    first = daughter.deposit(NOW)
    assert first is not None
    mother.accept(first, NOW)
    for ack in mother.deposits(NOW + DAY):
        daughter.accept(ack, NOW + DAY)
    assert [letter.parts_arrived for letter in letters(daughter.vault, NOW + DAY)] == [1]
    mark(copy, NOW + DAY, NOW)
    now = travel(copy, daughter, NOW + DAY)
    assert [letter.status for letter in letters(daughter.vault, now)] == [LetterStatus.ARRIVED]
    assert texts(copy) == [text]


def test_letters_written_since_get_numbers_that_the_other_run_cannot_have_given(tmp_path: Path) -> None:
    mother, daughter = pair(tmp_path)
    copy = copy_of(mother, tmp_path / "copy")
    write_letter(mother.vault, mother.person("딸"), "of the run that is lost", NOW + HOUR)
    travel(mother, daughter, NOW + HOUR, 2)
    write_letter(copy.vault, copy.person("딸"), "of the copy", NOW + 3 * DAY)
    mark(copy, NOW + 4 * DAY, NOW)
    now = travel(copy, daughter, NOW + 4 * DAY)
    assert texts(daughter) == ["of the run that is lost", "of the copy"]
    assert [letter.status for letter in letters(copy.vault, now)] == [LetterStatus.ARRIVED]


def test_a_card_that_leaves_no_number_for_a_letter_of_ours_is_none(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whoever says to wait for the last letter there is would end every slot in which we have something to say."""
    mother, daughter = pair(tmp_path)

    def at_the_end(said: FreshCard) -> bytes:
        return encode_fresh_card(replace(said, awaited=MAX_LETTER_NUMBER))

    monkeypatch.setattr("client_cli.streams.fresh_start.encode_fresh_card", at_the_end)
    mark(mother, NOW)
    now = travel(mother, daughter, NOW, 2)
    assert standings(mother) == [Standing.ASKING]
    write_letter(mother.vault, mother.person("딸"), "another time", now)
    mother.deposits(now)


def test_a_copy_of_our_folder_that_asks_is_told_to_us(tmp_path: Path) -> None:
    mother, daughter = pair(tmp_path)
    copy = copy_of(mother, tmp_path / "copy")
    mark(copy, NOW)
    for deposit in copy.deposits(NOW):
        daughter.accept(deposit, NOW)
    answers = daughter.deposits(NOW + HOUR)
    for deposit in answers:
        mother.accept(deposit, NOW + HOUR)
        copy.accept(deposit, NOW + HOUR)
    assert standings(mother, copy) == [Standing.REPLACED, Standing.SOUND]
    with mother.vault.transaction() as tx:
        assert find_put_back(tx) is None
    write_letter(mother.vault, mother.person("딸"), "not sent to nobody", NOW + HOUR)
    assert mother.deposits(NOW + 2 * HOUR) == []


def test_an_old_copy_opens_nothing_that_follows(tmp_path: Path) -> None:
    """A thief has the very copy that was put back, sees all cells, and tries every key he has or can work out."""
    mother, daughter = pair(tmp_path)
    thief = copy_of(mother, tmp_path / "thief")
    mark(mother, NOW)
    write_letter(daughter.vault, daughter.person("어머니"), "비밀", NOW)
    now, opened, seen = NOW, [], 0
    for _ in range(4):
        for sender, receiver in ((mother, daughter), (daughter, mother)):
            for deposit in sender.deposits(now, 40):
                seen += 1
                opened += opens(thief, deposit)
                receiver.accept(deposit, now)
        now += DAY
    assert texts(mother) == ["비밀"]
    cards = [message for place, message in opened if is_reserved(place)]
    assert len(cards) == len(opened) < seen  # he reads both cards, which are public keys, and nothing made of them
    for message in cards:
        parse_fresh_card(message)


def test_a_copy_of_a_generation_before_asks_in_vain(tmp_path: Path) -> None:
    """What is worth nothing to a thief after a few round trips cannot be worth a fresh start."""
    mother, daughter = pair(tmp_path)
    thief = copy_of(mother, tmp_path / "thief")
    now = NOW
    for number in range(6):
        write_letter(mother.vault, mother.person("딸"), f"{number}", now)
        write_letter(daughter.vault, daughter.person("어머니"), f"{number}", now)
        now = travel(mother, daughter, now, 1)
    mark(thief, now)
    cards = thief.deposits(now)
    assert cards
    assert [daughter.accept(deposit, now) for deposit in cards] == [None] * len(cards)
    assert standings(daughter) == [Standing.SOUND]


def opens(thief: Home, deposit: Deposit) -> list[tuple[int, bytes]]:
    """What the keys of a copy open of a cell in either direction: (numbered epoch, message)."""
    found = []
    with thief.vault.transaction() as tx:
        place = find_place(tx, deposit.hole)
        receive = find_receive(tx, 1)
        assert receive is not None
        for watched in [*receive.watch(), *receive.watch_reserved()]:
            key = receive.key_of(watched.epoch, watched.index)
            try:
                found.append((watched.epoch, open_cell(key or b"", deposit.cell)))
            except ProtocolError:
                continue
    assert (place is not None) is bool(found)
    return found


def test_an_answer_to_a_run_before_looks_like_another_device_and_who_takes_over_goes_on(tmp_path: Path) -> None:
    """Put back twice from one copy, while the first answer was still under way: no card says which run it is for. That
    is told, and the person knows that there is no other device."""
    mother, daughter = pair(tmp_path)
    first, second = copy_of(mother, tmp_path / "first"), copy_of(mother, tmp_path / "second")
    mother.vault.close()
    mark(first, NOW)
    for deposit in first.deposits(NOW):
        daughter.accept(deposit, NOW)
    late = daughter.deposits(NOW + HOUR)
    now = NOW + DAY
    mark(second, now)
    for deposit in second.deposits(now):
        daughter.accept(deposit, now)
    for deposit in daughter.deposits(now + HOUR):
        second.accept(deposit, now + HOUR)
    assert standings(second) == [Standing.SOUND]
    for deposit in late:
        second.accept(deposit, now + HOUR)
    assert standings(second) == [Standing.REPLACED]
    now += DAY
    write_letter(second.vault, second.person("딸"), "그래도 나예요", now)
    with second.vault.transaction() as tx:
        mark_put_back(tx, now, now)  # sosik online --take-over
    write_letter(daughter.vault, daughter.person("어머니"), "기다렸어요", now)
    travel(second, daughter, now)
    assert standings(second, daughter) == [Standing.SOUND] * 2
    assert (texts(daughter), texts(second)) == (["그래도 나예요"], ["기다렸어요"])
