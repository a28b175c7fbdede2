"""How things stand, in sentences.

Invariant: the one list of them, for `sosik status` and for the letter box, in the order in which they are told; each
follows from `client_cli.status.facts.Status` alone, and none says that somebody else is there. Spec: docs/family.md,
Online.
"""

from collections.abc import Iterator
from dataclasses import dataclass

from client_cli.board.watch import TroubleKind
from client_cli.community.joining import Refusal
from client_cli.i18n import N_, _
from client_cli.outbox.letters import LetterStatus
from client_cli.status.crowd import FEW
from client_cli.status.facts import FreshStartFacts, ScheduleFacts, Status
from client_cli.streams.loop_watch import Alarm
from client_cli.terminal import output
from client_cli.wording import times
from protocol.profile import Profile

__all__ = ["REFUSALS", "Sentence", "held_back", "put_back", "sentences"]

# Take `relay`, `day` and `others`.
TROUBLES = {
    TroubleKind.FORKED: N_(
        "What post box {relay} says of its letters is not the same for everyone, last on {day}. Nobody can open letters"
        " by that, but learn who waits for one. Tell your helper."
    ),
    TroubleKind.MISSING: N_(
        "Post box {relay} left out parts of its list of letters, last on {day}. Letters may come later; they are sent"
        " again."
    ),
    TroubleKind.KEYS_DIFFER: N_(
        "Post boxes {others} say that post box {relay} says other things of itself to others than to you, last on"
        " {day}. One side is wrong. Nothing of yours is entrusted to post box {relay} meanwhile, so letters may wait."
        " Tell your helper."
    ),
    TroubleKind.ROSTER_FORKED: N_(
        "Not all post boxes go by the list of post boxes that you have, last on {day}. Ask your helper which is right."
    ),
}
PROFILES = {Profile.METERED: N_("seldom"), Profile.STANDARD: N_("usual"), Profile.GUARDED: N_("often")}


@dataclass(frozen=True, slots=True)
class Sentence:
    """`warning`: something is to be done or to be reckoned with."""

    text: str
    warning: bool = False


def sentences(status: Status) -> Iterator[Sentence]:
    """Everything there is to tell: this program, the community, its relays, our letters."""
    yield from _program(status.schedule)
    if not status.network.joined:
        yield Sentence(_("You have not joined a community yet: sosik join CARD.png"), warning=True)
        return
    yield _told(_("Community: {name}"), name=status.network.community)
    yield from _refusals(status)
    if not status.network.relays:
        yield Sentence(_("Its post boxes are not known yet; they come with the first exchanges: sosik online"))
        return
    yield from _relays(status)
    yield from put_back(status.fresh_starts)
    yield from _letters(status)
    yield _crowd(status.network.crowd)


REFUSALS = {
    Refusal.INVITATION: N_(
        "Your invitation was used by someone already. Stop, and ask your helper; what you wrote is kept here."
    ),
    Refusal.ACCESS: N_(
        "The post boxes let you in no more. What you wrote is kept; ask your helper for a new invitation."
    ),
}


def _refusals(status: Status) -> Iterator[Sentence]:
    """Why we are not let in; and that somebody else was, where another post box has let us in all the same."""
    if status.warnings.refusal is not None:
        yield Sentence(_(REFUSALS[status.warnings.refusal]), warning=True)
    elif status.warnings.invitation_refused:
        yield Sentence(
            _("Somebody else used your invitation at one post box; another has let you in. Tell your helper."),
            warning=True,
        )


def _program(schedule: ScheduleFacts) -> Iterator[Sentence]:
    if schedule.online_running:
        yield Sentence(_("Sending and collecting: running now."))
    else:
        yield Sentence(_("Sending and collecting: not running. Start it with: sosik online"), warning=True)
    if schedule.locked:
        yield Sentence(_("Locked: what arrives is kept unopened."))
    if schedule.lock_after_s is not None:
        yield _told(_("Locks by itself after {span} without a command."), span=times.span(schedule.lock_after_s))
    yield _told(
        _("How often: {profile}, about {mb} MB a month if always online."),
        profile=_(PROFILES[schedule.profile]),
        mb=f"{schedule.budget_mb:,.0f}",
    )


def _relays(status: Status) -> Iterator[Sentence]:
    network, schedule, warnings = status.network, status.schedule, status.warnings
    if network.guard is None:
        yield _told(_("Post boxes: {count}"), count=network.relays)
    else:
        yield _told(
            _("Post boxes: {count}, of which you use number {guard}."),
            count=network.relays,
            guard=network.guard,
        )
    # With fewer than three, relays together can tell who writes to whom: Spec: docs/threats.md, Relays that work
    # together.
    heard = network.relays - len(network.silent)
    for silence in network.silent:
        yield _told(
            _("Nothing has come from post box {relay} since {day}: your post goes around it until it is back."),
            warning=True,
            relay=silence.relay,
            day=times.day(silence.since),
        )
    if network.relays == 1:
        text = _("There is one post box only: it can see who writes to whom. Only your line to it is hidden.")
        yield Sentence(text, warning=True)
    elif heard == 2:
        text = _("There are two post boxes only: if they work together, they can see who writes to whom.")
        yield Sentence(text, warning=True)
    yield _told(
        _("Test letters to yourself: {sent} sent, {returned} came back."),
        sent=schedule.loops_sent,
        returned=schedule.loops_returned,
    )
    yield from held_back(warnings.alarm)
    for trouble in warnings.troubles:
        yield _told(
            _(TROUBLES[trouble.kind]),
            warning=True,
            relay=trouble.relay,
            day=times.day(trouble.last_at),
            others=", ".join(map(str, trouble.by)),
        )
    if warnings.clock_ahead_s is not None:
        yield _clock(warnings.clock_ahead_s)
    if network.board_behind:
        yield _told(
            _("The list of letters is still being caught up with: {count} pieces to go."),
            count=network.board_behind,
        )
    if network.roster_expired:
        text = _("The list of post boxes has run out; your letters are kept; ask your helper for a new invitation.")
        yield Sentence(text, warning=True)
    elif network.roster_expires is not None:
        yield _told(_("The list of post boxes is good until {day}."), day=times.utc_day(network.roster_expires))


def _letters(status: Status) -> Iterator[Sentence]:
    letters, where = status.letters, status.letters.where
    yield _told(_("People: {count}"), count=status.people.known)
    if status.people.requests:
        yield _told(
            _("People who wait to be accepted or refused: {count}. See: sosik people"), count=status.people.requests
        )
    if where:
        yield _told(
            _(
                "Your letters: {waiting} waiting, {on_its_way} on their way, {sent_again} sent again,"
                " {arrived} arrived, {expired} expired."
            ),
            waiting=where.get(LetterStatus.WAITING, 0),
            on_its_way=where.get(LetterStatus.ON_ITS_WAY, 0),
            sent_again=where.get(LetterStatus.SENT_AGAIN, 0),
            arrived=where.get(LetterStatus.ARRIVED, 0),
            expired=where.get(LetterStatus.EXPIRED, 0),
        )
    if letters.coming:
        yield _told(_("Letters of which only a part is here: {count}"), count=letters.coming)
    if letters.ends_soon:
        yield _told(
            _("Letters that have not arrived and will soon not be sent any more: {count}. See: sosik letters"),
            warning=True,
            count=letters.ends_soon,
        )


def held_back(alarm: Alarm | None) -> Iterator[Sentence]:
    """What an alarm of the loops says: `sosik letters` tells it too."""
    if alarm is None:
        return
    if alarm.stores:
        text = _(
            "Post is being held back at post box {relays}: {overdue} of {judged} test letters to yourself have not come"
            " back. What does not arrive is sent again by other ways. Tell your helper."
        )
    else:
        text = _(
            "Post is being held back at post box {guard} or behind it: {overdue} of {judged} test letters to yourself"
            " have not come back. What does not arrive is sent again. Tell your helper."
        )
    relays = ", ".join(map(str, alarm.stores))
    yield _told(text, warning=True, relays=relays, guard=alarm.guard, overdue=alarm.overdue, judged=alarm.judged)


def put_back(facts: FreshStartFacts) -> Iterator[Sentence]:
    """What folders that were put back from a copy mean for letters: `sosik letters` and `sosik online` tell it too."""
    if facts.asking and facts.since is not None:
        text = _(
            "Since {day} it is known that this folder was put back from a copy, is used on another device as well, or"
            " that a post box has lost what it kept for you. Nothing is sent until the other's program has answered;"
            " then letters go on by themselves. People who have not answered: {count}. Who does not answer for weeks"
            " has to be met again: sosik close NAME, then sosik meet NAME"
        )
        yield _told(text, warning=True, day=times.day(facts.since), count=facts.asking)
    for name, told in facts.replaced:
        text = _(
            "Letters with {name} go on with another copy of this folder since {day}, and no more here. If that is not"
            " your own device, somebody else has your folder: tell {name} by another way, and meet again. To go on"
            " here: sosik online --take-over"
        )
        yield _told(text, warning=True, name=name, day=times.utc_day(told.day))
    for name, told in facts.begun:
        if not told.ours:
            text = _(
                "{name} goes on from a copy of their folder since {day}. If {name} knows nothing of it, somebody else"
                " has that folder: ask by another way."
            )
        elif told.gone and told.since:
            text = _(
                "Letters with {name} go on since {day}, after this folder was put back from a copy of {since}. Letters"
                " of {name} that had come in between are not in it: {gone}. Ask for what they said."
            )
        elif told.gone:
            text = _(
                "Letters with {name} go on since {day}, after this folder was put back from a copy. Letters of {name}"
                " that had come before that day, and after the copy was made, are not in it: {gone}. Ask for what they"
                " said."
            )
        else:
            text = _("Letters with {name} go on since {day}, after this folder was put back from a copy.")
        yield _told(
            text,
            warning=not told.ours or told.gone > 0,
            name=name,
            day=times.utc_day(told.day),
            since=times.utc_day(told.since),
            gone=told.gone,
        )


def _clock(ahead_s: float) -> Sentence:
    if ahead_s > 0:
        text = _(
            "Your clock is {span} ahead of the time that the post boxes signed. Set it right; if it is right, news is"
            " being held back from you."
        )
    else:
        text = _("Your clock is {span} behind the time that the post boxes signed. Set it right; nothing is lost.")
    return _told(text, warning=True, span=times.span(abs(ahead_s)))


def _crowd(crowd: int | None) -> Sentence:
    if crowd is None:
        return Sentence(_("How many others use this community cannot be told yet; the fewer, the less it hides."))
    if crowd < FEW:
        return _told(
            _(
                "Fewer than {count} people use this community in a day. That is few: whoever watches all lines may"
                " guess who writes to whom."
            ),
            warning=True,
            count=FEW,
        )
    return _told(
        _("About {count} people or more use this community in a day; the more, the more it hides."), count=crowd
    )


def _told(template: str, *, warning: bool = False, **values: object) -> Sentence:
    return Sentence(output.sentence(template, **values), warning)
