"""Asking people: opening words, choices, lines of text.

Invariant: opening words come from the terminal or from an open file descriptor (`--words-fd N`), never from the
command line or the environment, where other programs could read them; nothing typed here enters a history or a file
(docs/family.md, Opening words).
"""

import os
import sys
import termios
import unicodedata
from collections.abc import Callable, Sequence

from client_cli.content.opening_words import WordsWeakness, find_weakness, same_words
from client_cli.errors import ExitCode, SosikError
from client_cli.i18n import N_, _
from client_cli.terminal import output

MAX_FD_BYTES = 4096  # opening words are a sentence at most; more is a wrong descriptor
_IUTF8 = 0o40000  # the erase key takes a whole syllable; `termios` has no name for this bit (Linux and macOS)


class NoTerminal(SosikError):
    """A question has to be asked and nobody is there to answer it."""


class GoneBack(SosikError):
    """The person wants none of the answers."""

    sentence = N_("Back; nothing that you did not see confirmed was changed.")
    exit_code = ExitCode.INTERRUPTED


class UnfitWords(SosikError):
    """The opening words given cannot be used."""


def words_from_fd(descriptor: int) -> str:
    """The first line of an open file descriptor, at most MAX_FD_BYTES long, as opening words."""
    received = b""
    try:
        while b"\n" not in received and len(received) <= MAX_FD_BYTES:
            chunk = os.read(descriptor, 1)  # one by one: what follows the line belongs to whoever reads next
            if not chunk:
                break
            received += chunk
    except OSError as error:
        raise UnfitWords(
            N_("No opening words could be read from that descriptor; nothing was changed; check --words-fd.")
        ) from error
    try:
        words = received.rstrip(b"\r\n").decode("utf-8")
    except UnicodeDecodeError as error:
        raise UnfitWords(N_("The opening words are not UTF-8 text; nothing was changed; check --words-fd.")) from error
    if not words or len(received) > MAX_FD_BYTES:
        raise UnfitWords(N_("No opening words came from that descriptor; nothing was changed; check --words-fd."))
    return words


def opening_words(descriptor: int | None, *, shown: bool = False) -> str:
    """The words that open the vault: from `descriptor`, or asked for on the terminal."""
    if descriptor is not None:
        return words_from_fd(descriptor)
    return _ask_words(_("Opening words: "), shown)


def new_words(descriptor: int | None, draw: Callable[[], str]) -> str:
    """New opening words: four drawn ones, or words of one's own, typed once more; or once from `descriptor`."""
    if descriptor is not None:
        words = words_from_fd(descriptor)
        refuse_weak(words)
        return words
    drawn = draw()
    while True:
        output.say(_("These four words were drawn for you:"))
        output.say("  {words}", words=drawn)
        match choose(
            _("What shall the opening words be?"), [_("these four"), _("draw four others"), _("words of my own")]
        ):
            case 1:
                output.say(_("Learn them, or write them down where nobody looks. You type them next."))
                if same_words(_ask_words(_("Opening words: "), True), drawn):
                    output.clear()
                    return drawn
                output.warn(_("These were not the same. Please type them again."))
            case 2:
                drawn = draw()
            case _:
                return _own_words()


def _own_words() -> str:
    shown = choose(_("Show the opening words while you type them?"), [_("yes"), _("no")]) == 1
    while True:
        words = _ask_words(_("Opening words: "), shown)
        try:
            refuse_weak(words)
        except UnfitWords as error:
            output.warn(_(error.msgid))
            continue
        if same_words(_ask_words(_("Once more: "), shown), words):
            return words
        output.warn(_("These were not the same. Please type them again."))


def refuse_weak(words: str) -> None:
    """UnfitWords: these would be guessed."""
    match find_weakness(words):
        case WordsWeakness.TOO_FEW:
            raise UnfitWords(N_("That is too short; take at least four words that nobody guesses and you remember."))
        case WordsWeakness.TOO_EASY:
            raise UnfitWords(
                N_("Many people would think of these; take four words that do not belong together, or those offered.")
            )
        case None:
            return


def _ask_words(prompt: str, shown: bool) -> str:
    return line(prompt) if shown and sys.stdin.isatty() else _from_terminal(prompt, shown)


def _from_terminal(prompt: str, shown: bool) -> str:
    """One line from the controlling terminal, also while standard input is a letter."""
    try:
        descriptor = os.open("/dev/tty", os.O_RDWR | os.O_NOCTTY)
    except OSError as error:
        raise NoTerminal(
            N_("There is no terminal to ask on; nothing was changed; give the opening words with --words-fd.")
        ) from error
    try:
        before = termios.tcgetattr(descriptor)
        during = termios.tcgetattr(descriptor)
        during[0] |= _IUTF8
        if not shown:
            during[3] &= ~termios.ECHO
        try:
            termios.tcsetattr(descriptor, termios.TCSAFLUSH, during)
            os.write(descriptor, prompt.encode())
            typed = b""
            while not typed.endswith(b"\n"):
                chunk = os.read(descriptor, MAX_FD_BYTES)
                if not chunk:
                    break
                typed += chunk
        finally:
            termios.tcsetattr(descriptor, termios.TCSAFLUSH, before)
            if not shown:
                os.write(descriptor, b"\n")
    finally:
        os.close(descriptor)
    if not typed:
        raise EOFError
    return typed.rstrip(b"\r\n").decode("utf-8", errors="replace")


def line(prompt: str, begun: str = "") -> str:
    """One line typed by a person, `begun` before the cursor.  Hangul is erased by syllable, and nothing goes into a
    history.

    EOFError when the person ends the input, NoTerminal when nobody is there.
    """
    if not sys.stdin.isatty():
        raise NoTerminal(
            N_("There is no terminal to ask on; nothing was changed; see --help for options that answer beforehand.")
        )
    import readline  # not on every system, and only needed where a person types

    readline.set_auto_history(False)
    readline.set_startup_hook((lambda: readline.insert_text(begun)) if begun else None)
    return input(prompt)


def choose(question: str, answers: Sequence[str]) -> int:
    """The number (from 1) of the answer a person takes from a numbered list.  GoneBack: 0."""
    output.say(question)
    for number, answer in enumerate(answers, start=1):
        output.say("  {number}  {answer}", number=number, answer=answer)
    output.say("  {number}  {answer}", number=0, answer=_("back"))
    while True:
        typed = unicodedata.normalize("NFKC", line("> ")).strip().casefold()
        if typed.isdecimal() and 1 <= int(typed) <= len(answers):
            return int(typed)
        if typed.isdecimal() and int(typed) == 0:
            raise GoneBack
        meant = [number for number, answer in enumerate(answers, start=1) if typed and _begins(answer, typed)]
        if len(meant) == 1:
            return meant[0]
        output.warn(_("Please type a number from 1 to {count}."), count=len(answers))


def _begins(answer: str, typed: str) -> bool:
    """Whether somebody who types the answer itself, or how it begins, instead of its number means this one."""
    return unicodedata.normalize("NFKC", answer).casefold().startswith(typed)


def letter_text() -> str:
    """Lines typed by a person up to a line with a single full stop or the end of input (Ctrl-D)."""
    output.say(_("Write your letter. A line with only a full stop ( . ) ends it; Ctrl-C throws it away."))
    lines: list[str] = []
    while True:
        try:
            typed = line("")
        except EOFError:
            break
        if typed.strip() in {".", "。"}:
            break
        lines.append(typed)
    return "\n".join(lines)
