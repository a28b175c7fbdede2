"""`sosik setup`: language, opening words, profile; makes the vault."""

import os
from pathlib import Path

import click

from client_cli import i18n
from client_cli.commands import help as helptext
from client_cli.commands.options import home_option, words_fd_option
from client_cli.errors import VaultExists
from client_cli.i18n import LANGUAGES, _
from client_cli.terminal import output, prompts
from protocol.profile import Profile

PROFILES = {"metered": Profile.METERED, "standard": Profile.STANDARD, "guarded": Profile.GUARDED}


def _choose_language(answered: str | None) -> str:
    if answered is not None:
        return answered
    codes = list(LANGUAGES)
    return codes[prompts.choose("언어 · 语言 · Language", list(LANGUAGES.values())) - 1]


def _choose_profile(answered: str | None) -> Profile:
    if answered is not None:
        return PROFILES[answered]
    from client_cli.status.data_use import monthly_mb
    from protocol.community.constants import Constants

    texts = {
        Profile.METERED: _("seldom: about {mb} MB a month; a letter takes many hours"),
        Profile.STANDARD: _("usual: about {mb} MB a month"),
        Profile.GUARDED: _("often: about {mb} MB a month; for a line without a limit"),
    }
    choices = [output.sentence(texts[profile], mb=f"{monthly_mb(profile, Constants()):,.0f}") for profile in Profile]
    output.say(_("Sosik sends and collects all the time, whether you write or not, so that writing does not show."))
    return Profile(list(Profile)[prompts.choose(_("How often may it do so, if it stays online?"), choices) - 1])


@helptext.command(
    "setup",
    _(
        "Makes the place for your letters on this computer. It asks for your language, for opening words, and for how"
        " much data a month may cost.\n\nWithout the opening words nobody can open your letters, and nobody can give"
        " the words back to you. Take at least four words that nobody guesses."
    ),
    "sosik setup",
    "sosik setup --language ko --profile standard",
)
@home_option
@words_fd_option
@click.option("--language", type=click.Choice(list(LANGUAGES)), help=_("Your language: ko, zh or en."))
@click.option("--profile", type=click.Choice(list(PROFILES)), help=_("How often to send and collect."))
def command(home: Path, words_fd: int | None, language: str | None, profile: str | None) -> None:
    """Ask what was not given as an option, then make the vault."""
    from client_cli.content.opening_words import suggest
    from client_cli.seams import SystemClock, system_entropy
    from client_cli.vault.vault import Vault, vault_exists

    if vault_exists(home):
        raise VaultExists
    chosen = _choose_language(language)
    i18n.use(chosen)
    how_often = _choose_profile(profile)
    if words_fd is None:
        output.say(
            _(
                "Now choose your opening words: four words or more that nobody guesses and you remember. Nobody can"
                " give them back to you if you forget them."
            )
        )
    opening = prompts.new_words(words_fd, lambda: suggest(chosen, system_entropy))
    vault = Vault.create(home, opening, system_entropy, language=chosen, profile=how_often, now=SystemClock().now())
    vault.close()
    output.say(_("Done. Your letters will be kept here: {home}"), home=os.fspath(home))
    output.say(_("Next: use the invitation your helper gave you: sosik join CARD.png"))
