"""A question only we know: the same answer on both sides confirms, everything else fails and tells nothing more."""

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from protocol.errors import ProtocolError
from protocol.people.question import (
    CONFIRMATION_BYTES,
    ID_BYTES,
    QUESTION_BYTES_MAX,
    SHARE_BYTES,
    Answer,
    Ask,
    Differs,
    Finish,
    Message,
    Pair,
    answer,
    ask,
    check_confirmation,
    encode_message,
    finish,
    normalise_answer,
    parse_message,
)
from protocol.seams import SeededEntropy

ASKER = Pair(b"b" * 32, b"1" * 32, b"2" * 32)
ANSWERER = Pair(b"b" * 32, b"2" * 32, b"1" * 32)
QUESTION = "밭에서 우리가 구워 먹던 것은?"


def entropy(seed: int) -> SeededEntropy:
    return SeededEntropy(bytes([seed]) * 32)


def exchange(mine: str, theirs: str, asker: Pair = ASKER, answerer: Pair = ANSWERER) -> None:
    asking, asked = ask(QUESTION, mine, asker, entropy(1))
    expected, answered = answer(asked, theirs, answerer, entropy(2))
    check_confirmation(expected, finish(asking, answered, asker).confirmation)


@pytest.mark.parametrize("theirs", ["감자", " 감 자! ", "「감자」", unicodedata.normalize("NFD", "감자"), "감자~ㆍ"])
def test_same_answer_confirms_whatever_its_spaces_signs_and_form(theirs: str) -> None:
    exchange("감자", theirs)


def test_case_and_width_of_letters_do_not_matter() -> None:
    assert normalise_answer("  Ｐotato, No.5 ") == normalise_answer("potato no 5") == "potatono5"


@pytest.mark.parametrize(("apart", "together"), [("ㅎ ㅏ", "하"), ("하 ᆫ", "한"), ("e ́", "é")])
def test_a_space_inside_a_syllable_does_not_matter(apart: str, together: str) -> None:
    """What was between two characters may have kept them from being one."""
    assert normalise_answer(apart) == normalise_answer(together)
    assert normalise_answer(normalise_answer(apart)) == normalise_answer(apart)


def test_another_answer_fails() -> None:
    with pytest.raises(ProtocolError):
        exchange("감자", "옥수수")


def test_other_keys_on_the_two_sides_fail_though_the_answers_are_the_same() -> None:
    with pytest.raises(ProtocolError):
        exchange("감자", "감자", answerer=Pair(b"c" * 32, b"2" * 32, b"1" * 32))


def test_our_own_question_sent_back_to_us_confirms_nobody() -> None:
    """A reflection: whoever is asked asks us the same, and passes our true answer off as theirs."""
    with pytest.raises(ProtocolError):
        exchange("감자", "감자", asker=ASKER, answerer=ASKER)


def test_confirmations_are_bound_to_question_and_exchange() -> None:
    asking, asked = ask(QUESTION, "감자", ASKER, entropy(1))
    for changed in (Ask(asked.id, asked.share, QUESTION + "?"), Ask(bytes(ID_BYTES), asked.share, QUESTION)):
        _, answered = answer(changed, "감자", ANSWERER, entropy(2))
        with pytest.raises(ProtocolError):
            finish(asking, Answer(asked.id, answered.share, answered.confirmation), ASKER)


def test_answerer_cannot_confirm_with_the_askers_own_share_or_confirmation() -> None:
    asking, asked = ask(QUESTION, "감자", ASKER, entropy(1))
    _, answered = answer(asked, "감자", ANSWERER, entropy(2))
    mine = finish(asking, answered, ASKER)
    for forged in (
        Answer(asked.id, asked.share, answered.confirmation),
        Answer(asked.id, answered.share, mine.confirmation),
    ):
        with pytest.raises(ProtocolError):
            finish(asking, forged, ASKER)


@pytest.mark.parametrize(
    "share", [bytes(32), b"\x01" + bytes(31), b"\xff" * 32, bytes(31) + b"\x80", b"\xec" + b"\xff" * 31]
)
def test_share_that_is_no_point_is_refused(share: bytes) -> None:
    asking, asked = ask(QUESTION, "감자", ASKER, entropy(1))
    with pytest.raises(ProtocolError):
        answer(Ask(asked.id, share, QUESTION), "감자", ANSWERER, entropy(2))
    with pytest.raises(ProtocolError):
        finish(asking, Answer(asked.id, share, bytes(32)), ASKER)


@pytest.mark.parametrize("nothing", ["", "  ", "?!", "\u115f"])
def test_answer_of_nothing_is_refused(nothing: str) -> None:
    with pytest.raises(ProtocolError):
        ask(QUESTION, nothing, ASKER, entropy(1))


def test_question_has_limits() -> None:
    for question in ("", " ", "가" * (QUESTION_BYTES_MAX // 3 + 1)):
        with pytest.raises(ProtocolError):
            ask(question, "감자", ASKER, entropy(1))


def test_answer_is_in_no_message_and_in_no_state() -> None:
    asking, asked = ask(QUESTION, "gamja potatoes", ASKER, entropy(1))
    _, answered = answer(asked, "gamja potatoes", ANSWERER, entropy(2))
    kept = asking.seed + asking.stretched + encode_message(asked) + encode_message(answered)
    assert b"gamja" not in kept
    assert "gamja" not in repr(asking)


ids = st.binary(min_size=ID_BYTES, max_size=ID_BYTES)
shares = st.binary(min_size=SHARE_BYTES, max_size=SHARE_BYTES)
confirmations = st.binary(min_size=CONFIRMATION_BYTES, max_size=CONFIRMATION_BYTES)
questions = st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=100).filter(str.strip)
messages = st.one_of(
    st.builds(Ask, ids, shares, questions),
    st.builds(Answer, ids, shares, confirmations),
    st.builds(Finish, ids, confirmations),
    st.builds(Differs, ids),
)


@given(messages)
def test_message_round_trips(message: Message) -> None:
    assert parse_message(encode_message(message)) == message


@given(st.binary(max_size=120))
def test_any_bytes_parse_canonically_or_are_refused(data: bytes) -> None:
    try:
        message = parse_message(data)
    except ProtocolError:
        return
    assert encode_message(message) == data
