"""`sosik desk introduce` and `sosik desk cards`: a helper passes cards on, by picture or by letter.

With pictures alone it works offline and opens nothing; a vault is opened where a card came, or is to go, by letter.
"""

import os
from contextlib import nullcontext
from pathlib import Path
from typing import TYPE_CHECKING

import click

from client_cli.commands import help as helptext
from client_cli.commands.options import Opening, json_option, opening_options
from client_cli.i18n import _
from client_cli.terminal import output

if TYPE_CHECKING:
    from client_cli.desk.by_letter import Given
    from client_cli.desk.helper import Helper
    from client_cli.meeting.handovers import WaitingHandover
    from client_cli.vault.vault import Vault

_PATH = click.Path(path_type=Path)


@helptext.command(
    "introduce",
    _(
        "Introduces two people who cannot meet. Each gave you a card (sosik card): as a picture, or in a letter, which"
        " has a number in sosik desk cards. Each gets the other's card back the way their own came. With one card only,"
        " that card travels alone, as a picture or in a letter (--to), and what comes back is for its owner. You cannot"
        " read their letters, and you cannot confirm anybody: tell them to ask each other a question."
    ),
    "sosik desk introduce A.png B.png --helper DIR --out DIR",
    "sosik desk introduce 1 2 --helper DIR",
    "sosik desk introduce 1 --to 언니 --helper DIR",
)
@click.argument("card_a", metavar="CARD")
@click.argument("card_b", metavar="[CARD]", required=False)
@click.option("--helper", type=_PATH, metavar="DIR", required=True, help=_("Your folder as a helper."))
@click.option("--out", type=_PATH, metavar="DIR", help=_("Where to put the pictures."))
@click.option("--to", metavar="NAME", help=_("With one card: send it in a letter to this person."))
@click.option("--as", "called", metavar="NAME", default="", help=_("With --to: tell them whose card it is."))
@click.option("--words", "as_words", is_flag=True, help=_("Show them as text, too."))
@opening_options
def introduce(
    opening: Opening,
    card_a: str,
    card_b: str | None,
    helper: Path,
    out: Path | None,
    to: str | None,
    called: str,
    as_words: bool,
) -> None:
    """Take the cards, pass each on, forget."""
    from client_cli.desk import helper as helping
    from client_cli.seams import SystemClock

    if to is not None and card_b is not None:
        raise click.UsageError(_("Give two cards, or one card and --to."))
    by_picture = [card for card in (card_a, card_b) if card is not None and not _is_number(card)]
    if out is None and (by_picture or card_b is None) and to is None:
        raise click.UsageError(_("Say where to put the pictures: --out DIR"))
    now = SystemClock().now()
    source = helping.load_helper(helper, now)
    if out is not None:
        _prepare(out, _files(card_a, card_b))
    needed = to is not None or _is_number(card_a) or (card_b is not None and _is_number(card_b))
    made: dict[str, str | None]
    with opening.vault() if needed else nullcontext() as vault:
        first = _given(vault, card_a, now)
        if card_b is None:
            made = _one_way(vault, source, first, to, called, now)
        else:
            made = _both_ways(vault, source, first, _given(vault, card_b, now), now)
        if vault is not None and None in made.values():
            output.say(_("It leaves like a letter. Nothing about the cards is kept here."))
    if out is not None:
        gave = {"for-a.png": card_a, "for-b.png": card_b}
        _write({file: text for file, text in made.items() if text is not None}, out, gave, as_words)


def _is_number(card: str) -> bool:
    return card.isdecimal() and not Path(card).exists()


def _files(card_a: str, card_b: str | None) -> list[str]:
    """The pictures that may be written: one for each card that came as one, or one alone."""
    if card_b is None:
        return ["from-a.png", "answer.png"]
    return [file for card, file in ((card_a, "for-a.png"), (card_b, "for-b.png")) if not _is_number(card)]


def _prepare(out: Path, files: list[str]) -> None:
    """Make the folder for the pictures. NameTaken: there are some in it already."""
    from client_cli.content.new_files import require_free

    require_free(out, lambda folder: [folder / file for file in files])
    out.mkdir(mode=0o700, parents=True, exist_ok=True)


def _given(vault: "Vault | None", card: str, now: float) -> "Given":
    from client_cli.cards import qr as qrcodes
    from client_cli.desk import by_letter as passing

    if vault is not None and _is_number(card):
        return passing.by_letter(vault, int(card), now)
    return passing.Given(qrcodes.read_image(Path(card)))


def _both_ways(
    vault: "Vault | None", source: "Helper", first: "Given", second: "Given", now: float
) -> dict[str, str | None]:
    from client_cli.desk import by_letter as passing
    from client_cli.desk import helper as helping

    if vault is None:
        return {
            "for-a.png": helping.pass_on(source, second.text, first.text, now),
            "for-b.png": helping.pass_on(source, first.text, second.text, now),
        }
    for_a, for_b = passing.introduce(vault, source, first, second, now)
    return {"for-a.png": for_a, "for-b.png": for_b}


def _one_way(
    vault: "Vault | None", source: "Helper", given: "Given", to: str | None, called: str, now: float
) -> dict[str, str | None]:
    from client_cli.desk import by_letter as passing
    from client_cli.desk import helper as helping
    from client_cli.people.contacts import require_person

    if vault is not None and to is not None:
        passing.send(vault, source, given, require_person(vault, to), called, now)
        return {"from-a.png": None}
    if passing.is_answer(given):
        made = {"answer.png": given.text}
    else:
        made = {"from-a.png": helping.pass_on(source, given.text, None, now)}
    if vault is not None:
        passing.forget(vault, given)
    return {**made}


def _write(made: dict[str, str], out: Path, gave: dict[str, str | None], as_words: bool) -> None:
    """Write the pictures; of two, each is told with the card whose owner it is for."""
    from client_cli.cards import qr as qrcodes

    for file, text in made.items():
        qrcodes.write_png(text, out / file)
        template = _("For whoever gave you {card}: {picture}") if file in gave else _("Written: {picture}")
        output.say(template, card=gave.get(file), picture=os.fspath(out / file))
        if as_words:
            output.lines([text])
    if made:
        output.say(_("Hand each picture to the person it is for, then delete all of them."))


@helptext.command(
    "cards",
    _(
        "Lists cards that people gave you in letters, to be passed on. A card that you do not pass on is forgotten by"
        " itself when it is too old, or at once with --forget; nobody is told."
    ),
    "sosik desk cards",
    "sosik desk cards --forget 2",
)
@click.option("--forget", type=int, metavar="NUMBER", help=_("Forget this card: do not introduce."))
@json_option
@opening_options
def cards(opening: Opening, forget: int | None, as_json: bool) -> None:
    """Print the table, or forget one."""
    from client_cli.desk import by_letter as passing
    from client_cli.inbox import receiving
    from client_cli.seams import SystemClock
    from client_cli.wording.json_records import card_record

    now = SystemClock().now()
    with opening.vault() as vault:
        receiving.open_arrived(vault)
        if forget is not None:
            passing.forget(vault, passing.by_letter(vault, forget, now))
            output.say(_("Forgotten. Nobody is told."))
            return
        waiting = passing.to_pass_on(vault, now)
        if as_json:
            output.data({"cards": [card_record(one) for one in waiting]})
        elif waiting:
            output.table(
                [_("No."), _("from"), _("what"), _("for")],
                [[one.number, one.sender.name, _what(one), one.name] for one in waiting],
            )
            output.say(_("Introduce two of them: sosik desk introduce NUMBER NUMBER --helper DIR"))
        else:
            output.say(_("There are no cards to pass on."))


def _what(one: "WaitingHandover") -> str:
    from protocol.people.key_card import MeetCard

    return _("card") if isinstance(one.passed, MeetCard) else _("answer to a card")
