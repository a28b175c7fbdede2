"""`sosik compare`: the words two people read to each other after they exchanged cards."""

import sys
from typing import TYPE_CHECKING

import click

from client_cli.commands import help as helptext
from client_cli.commands.options import Opening, opening_options
from client_cli.i18n import LANGUAGES, _
from client_cli.terminal import output, prompts

if TYPE_CHECKING:
    from client_cli.meeting.spoken_words import SpokenWords


@helptext.command(
    "compare",
    _(
        "Shows a few words, once you and somebody have scanned each other's cards. Read them aloud to each other while"
        " you are together; do not send them in writing. If both see the same words, nobody stands between you. If they"
        " are not the same, stop: one of the cards was another person's, or one of you is in a false community.\n\nThe"
        " words can be shown in any of the languages, so that both of you can read the same ones."
    ),
    "sosik compare 어머니",
    "sosik compare 어머니 --language en",
)
@click.argument("name")
@click.option("--language", type=click.Choice(list(LANGUAGES)), help=_("Show the words in ko, zh or en."))
@click.option("--said", type=click.Choice(["same", "different"]), help=_("What you found, without being asked."))
@opening_options
def command(opening: Opening, name: str, language: str | None, said: str | None) -> None:
    """Show the words, ask whether they are the same, and act on the answer."""
    from client_cli.meeting.spoken_words import say_different, say_same, spoken_words
    from client_cli.people.contacts import require_person
    from client_cli.vault.settings import settings
    from client_cli.wording import comparing

    with opening.vault() as vault:
        words = spoken_words(vault, require_person(vault, name))
        shown = language or settings(vault).language
        if said is None:
            said = _ask(words, shown)
        if said == "same":
            output.say("{sentence}", sentence=comparing.told_same(say_same(vault, words.person)))
        elif said == "different":
            say_different(vault, words.person)
            for sentence in comparing.told_different(words.person):
                output.say("{sentence}", sentence=sentence)


def _ask(words: "SpokenWords", language: str) -> str | None:
    """Show the words until the person has decided; None: later, or nobody is there."""
    from client_cli.wording import comparing

    while True:
        for line in comparing.lines(words, language):
            output.say("{line}", line=line)
        if not sys.stdin.isatty():
            return None
        answers = [comparing.same(), comparing.different(), comparing.other_language(), comparing.later()]
        match prompts.choose(comparing.question(words.person), answers):
            case 1:
                return "same"
            case 2:
                if prompts.choose(comparing.warning(words.person), [comparing.end(), comparing.again()]) == 1:
                    return "different"
            case 3:
                codes = list(LANGUAGES)
                language = codes[prompts.choose("언어 · 语言 · Language", list(LANGUAGES.values())) - 1]
            case _:
                return None
