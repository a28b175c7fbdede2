"""Korean particles: by the final consonant of Hangul, by the name of digits and capitals, and both where none knows."""

import ast
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

import client_cli
from client_cli.terminal import output
from client_cli.terminal.particles import PAIRS, Value, with_particle


@pytest.mark.parametrize(
    ("name", "subject", "way"),
    [
        ("어머니", "어머니가", "어머니로"),
        ("삼촌", "삼촌이", "삼촌으로"),
        ("딸", "딸이", "딸로"),  # ㄹ takes 로
        (
            "\u1103\u1161\u11af",
            "\u1103\u1161\u11af이",
            "\u1103\u1161\u11af로",
        ),  # 달, in single jamo
        ("어머니 ❤️", "어머니 ❤️가", "어머니 ❤️로"),
        ("순이(고모)", "순이(고모)가", "순이(고모)로"),
        ("'철수'", "'철수'가", "'철수'로"),
        ("ㅋ", "ㅋ이", "ㅋ으로"),
        ("ㄹ", "ㄹ이", "ㄹ로"),
        ("ㅠ", "ㅠ가", "ㅠ로"),
        ("동생 2", "동생 2가", "동생 2로"),
        ("동생 1", "동생 1이", "동생 1로"),
        ("동생 3", "동생 3이", "동생 3으로"),
        ("10", "10이", "10으로"),
        ("Anna", "Anna가", "Anna로"),
        ("Kim", "Kim이", "Kim으로"),
        ("Sol", "Sol이", "Sol로"),
        ("Hyejin", "Hyejin이", "Hyejin으로"),
        ("Jiyoung", "Jiyoung이", "Jiyoung으로"),
        ("José", "José이(가)", "José(으)로"),
        ("KBS", "KBS가", "KBS로"),
        ("YMCA", "YMCA가", "YMCA로"),
        ("LL", "LL이", "LL로"),
        ("M", "M이", "M으로"),
        ("ANNA", "ANNA가", "ANNA로"),
        ("Jack", "Jack이(가)", "Jack(으)로"),
        ("Jane", "Jane이(가)", "Jane(으)로"),
        ("妈妈", "妈妈이(가)", "妈妈(으)로"),
        ("Мама", "Мама이(가)", "Мама(으)로"),
        ("❤️", "❤️이(가)", "❤️(으)로"),
        ("", "이(가)", "(으)로"),
    ],
)
def test_the_particle_follows_the_sound_of_the_name(name: str, subject: str, way: str) -> None:
    assert with_particle(name, "이/가") == subject
    assert with_particle(name, "으로/로") == way


@given(st.text(), st.sampled_from(sorted(PAIRS)))
def test_every_name_gets_one_form_or_both(name: str, pair: str) -> None:
    found = with_particle(name, pair)
    assert found.startswith(name)
    assert found.removeprefix(name) in {*pair.split("/"), PAIRS[pair]}


def test_a_sentence_puts_particles_behind_its_values_and_leaves_others_alone() -> None:
    said = output.sentence("{name:을/를} {who:과/와} {name} {number:>3}", name="딸", who="어머니", number=7)
    assert said == "딸을 어머니와 딸   7"
    assert output.sentence("{name:은/는}", name="{name:은/는}\x1b[2J") == "{name:은/는}[2J는"  # as 제이
    assert Value("딸") == "딸"


def test_no_sentence_is_filled_but_by_the_one_function_that_knows_particles() -> None:
    package = Path(client_cli.__file__).parent
    found = set()
    for path in package.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            called = node.func if isinstance(node, ast.Call) else None
            if isinstance(called, ast.Attribute) and called.attr in {"format", "format_map"}:
                constant = isinstance(called.value, ast.Constant)  # a row of numbers for a terminal, no sentence
                found |= set() if constant else {path.relative_to(package).as_posix()}
    assert found == {"terminal/output.py", "errors.py"}  # errors: in English, for whoever reads a traceback
