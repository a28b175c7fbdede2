"""Asking: opening words come whole from a descriptor or not at all, and a list takes what a person means."""

import os
import pty
import sys
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from client_cli.terminal import prompts
from client_cli.terminal.prompts import MAX_FD_BYTES, GoneBack, NoTerminal, UnfitWords, words_from_fd


@contextmanager
def descriptor(content: bytes) -> Iterator[int]:
    reading, writing = os.pipe()
    os.write(writing, content)
    os.close(writing)
    try:
        yield reading
    finally:
        os.close(reading)


@contextmanager
def typing(monkeypatch: pytest.MonkeyPatch, *typed: str) -> Iterator[None]:
    """A terminal of its own as standard input, on which these lines were typed."""
    master, slave = pty.openpty()
    with os.fdopen(slave) as terminal:
        os.write(master, "".join(line + "\n" for line in typed).encode())
        monkeypatch.setattr(sys, "stdin", terminal)
        yield
    os.close(master)


def test_opening_words_are_the_first_line_of_a_descriptor_and_the_rest_stays() -> None:
    with descriptor("네 개의 여는 말\r\nthe letter".encode()) as reading:
        assert words_from_fd(reading) == "네 개의 여는 말"
        assert os.read(reading, 100) == b"the letter"


@pytest.mark.parametrize("content", [b"", b"\n", b"\xff\xfe\n", b"a" * (MAX_FD_BYTES + 1)])
def test_what_cannot_be_opening_words_is_refused(content: bytes) -> None:
    with descriptor(content) as reading, pytest.raises(UnfitWords):
        words_from_fd(reading)


def test_a_closed_descriptor_is_refused() -> None:
    with descriptor(b"") as reading:
        pass
    with pytest.raises(UnfitWords):
        words_from_fd(reading)


GOOD = "감자 옥수수 맷돌 외양간"


@pytest.mark.parametrize(
    "weak", ["감자", "password password password password", "一二三四五六七八九十", "爱爱爱爱爱爱爱爱"]
)
def test_words_that_would_be_guessed_are_refused_from_a_descriptor_too(weak: str) -> None:
    with descriptor(f"{weak}\n".encode()) as reading, pytest.raises(UnfitWords):
        prompts.new_words(reading, drawn)
    with descriptor(f"{GOOD}\n".encode()) as reading:
        assert prompts.new_words(reading, drawn) == GOOD


def drawn() -> str:
    return "炮 柱 倒 纸"


def test_nothing_is_asked_where_nobody_is(monkeypatch: pytest.MonkeyPatch) -> None:
    with descriptor(b"1\n") as reading, os.fdopen(os.dup(reading)) as pipe:
        monkeypatch.setattr(sys, "stdin", pipe)
        with pytest.raises(NoTerminal):
            prompts.choose("?", ["yes", "no"])


@pytest.mark.parametrize(
    ("typed", "chosen"),
    [
        (["2"], 2),
        (["２"], 2),  # as a Korean or Chinese keyboard types it
        (["아니"], 2),
        (["네"], 1),
        (["3", "", "x", "1"], 1),
    ],
)
def test_a_choice_is_a_number_or_how_the_answer_begins(
    typed: list[str], chosen: int, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    with typing(monkeypatch, *typed):
        assert prompts.choose("?", ["네", "아니요"]) == chosen
    assert capfd.readouterr().err.count("1 to 2") == len(typed) - 1


def test_nought_takes_none_of_the_answers(monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]) -> None:
    with typing(monkeypatch, "0"), pytest.raises(GoneBack):
        prompts.choose("?", ["네", "아니요"])
    assert "  0  back" in capfd.readouterr().out


@pytest.mark.parametrize("end", [".", " 。"])
def test_a_letter_ends_at_a_full_stop_alone_on_its_line(
    end: str, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    with typing(monkeypatch, "감자.", "", "둘째 줄", end, "not of the letter"):
        assert prompts.letter_text() == "감자.\n\n둘째 줄"
    assert "not of the letter" not in capfd.readouterr().out
