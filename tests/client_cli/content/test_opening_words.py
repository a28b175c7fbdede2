"""Opening words: the suggested ones are even and different, and what many people would think of is refused."""

import pytest

from client_cli.content.opening_words import (
    SUGGESTED,
    WordsWeakness,
    find_weakness,
    guess_bits,
    same_words,
    suggest,
    word_count,
)
from client_cli.content.word_lists import word_list
from client_cli.i18n import LANGUAGES
from tests.kits.homes import entropy

GOOD = [
    "감자 옥수수 맷돌 외양간",
    "강가 저녁 다리 등불",
    "맷돌에서 나던 구수한 옥수수 냄새",
    "外婆灶台边的红薯干甜",
    "石磨 柿饼 炊烟 河滩",
    "reed boats beside grandma's quince",
    "kettle orchard mitten gravel",
    "V9q2-xT7w-pL4z-Rk8m",
]
EASY = [
    "password password password password",
    "aaaa bbbb cccc dddd",
    "qwerty asdf zxcv 1234",
    "12345678 87654321 11111111 00000000",
    "one two three four five six",
    "monday tuesday wednesday thursday",
    "correct horse battery staple",
    "i love you mom and dad",
    "to be or not to be",
    "감자 감자 감자 감자 감자",
    "가가 나나 다다 라라",
    "하나 둘 셋 넷 다섯",
    "가나다라 마바사아 자차카타",
    "동해물과 백두산이 마르고 닳도록",
    "월요일 화요일 수요일 목요일",
    "사랑해요 우리 엄마 아빠",
    "一二三四五六七八九十",
    "床前明月光 疑是地上霜",
    "好好学习天天向上",
    "我爱我的家人平安",
    "爱爱爱爱爱爱爱爱",
    "春夏秋冬 东南西北",
]
FEW = ["감자", "짧다", "感谢", "potato", "감자 옥수수 맷돌", "tea", "", "  ", "?!"]


@pytest.mark.parametrize("words", GOOD)
def test_words_that_nobody_would_think_of_are_taken(words: str) -> None:
    assert find_weakness(words) is None, guess_bits(words)


@pytest.mark.parametrize("words", EASY)
def test_dictionary_series_known_lines_and_repetition_are_refused(words: str) -> None:
    assert find_weakness(words) is not None, guess_bits(words)


@pytest.mark.parametrize("words", FEW)
def test_fewer_than_four_words_are_told_as_too_few(words: str) -> None:
    assert find_weakness(words) is WordsWeakness.TOO_FEW, guess_bits(words)


@pytest.mark.parametrize(
    ("words", "count"),
    [
        ("감자 옥수수 맷돌 외양간", 4),
        ("감자옥수수맷돌외양간", 4),
        ("炊烟 柿饼 石磨 河滩", 4),
        ("炊烟柿饼石磨河滩", 4),
        ("爱爱爱爱爱爱爱爱", 1),
        ("炮 柱 倒 纸", 4),
        ("kettleorchardmittengravel", 4),
        ("kettle, orchard; mitten-gravel", 4),
        ("potato potato potato potato", 1),
    ],
)
def test_words_are_counted_with_spaces_and_without(words: str, count: int) -> None:
    assert word_count(words) == count


def test_saying_a_thing_twice_adds_next_to_nothing() -> None:
    assert guess_bits("감자 옥수수 감자 옥수수") < guess_bits("감자 옥수수") + 4


@pytest.mark.parametrize("language", LANGUAGES)
def test_suggested_words_are_drawn_evenly_from_the_list(language: str) -> None:
    drawn = entropy(3)
    suggested = [suggest(language, drawn).split(" ") for _ in range(500)]
    assert {len(words) for words in suggested} == {SUGGESTED}
    every = [word for words in suggested for word in words]
    assert set(every) <= set(word_list(language))
    assert len(set(every)) > 1200, "2000 draws of 2048 words meet some 1278 of them"


def test_spaces_make_no_difference_between_typed_words() -> None:
    assert same_words("炮 柱 倒 纸", "炮柱倒纸")
    assert same_words(" 감자  옥수수 ", "감자옥수수")
    assert not same_words("감자", "감사")
