"""Operations of helpers and questions: certificates, introductions, answering cards, the question only we know."""

from protocol.people import certificate, handover, introduction, key_card, question
from protocol.people.key_card import MeetCard, OwnCard
from protocol.seams import SeededEntropy
from tests.kits.communities import COMMUNITY_SECRET, make_roster
from tests.vectors.operations import Args, Result, operation


def _card(data: bytes) -> MeetCard:
    card = key_card.parse_card(data)
    if not isinstance(card, MeetCard):
        raise TypeError("an introduction takes introduce cards")
    return card


@operation("certificate.make")
def _make_certificate(a: Args) -> Result:
    made = certificate.make_certificate(
        COMMUNITY_SECRET, a["key"], a["name"], a["expiry_day"], SeededEntropy(a["seed"])
    )
    return {"certificate": made.encode(), "revocation": certificate.revocation_of(made)}


@operation("certificate.check")
def _check_certificate(a: Args) -> Result:
    found = certificate.parse_certificate(a["certificate"])
    certificate.check_certificate(found, make_roster(), a["today"])
    return {"name": found.name, "expiry_day": found.expiry_day, "key": found.key}


@operation("introduction.make")
def _introduce(a: Args) -> Result:
    to = _card(a["to"]) if "to" in a else None
    made = introduction.introduce(
        _card(a["card"]), to, certificate.parse_certificate(a["certificate"]), a["helper_secret"]
    )
    return {"introduction": introduction.encode_introduction(made)}


@operation("introduction.check")
def _check_introduction(a: Args) -> Result:
    found = introduction.parse_introduction(a["introduction"])
    introduction.check_introduction(found, make_roster(), a["today"])
    return {"card": key_card.encode_card(found.card), "to": found.to, "helper": found.certificate.name}


@operation("introduction.answer")
def _seal_answer(a: Args) -> Result:
    own = OwnCard(_card(a["own_card"]), a["agreement_secret"], a["ratchet_secret"])
    found = introduction.parse_introduction(a["introduction"])
    return {"answer": introduction.encode_answer(introduction.seal_answer(found, own, SeededEntropy(a["seed"])))}


@operation("introduction.open_answer")
def _open_answer(a: Args) -> Result:
    own = OwnCard(_card(a["own_card"]), a["agreement_secret"], a["ratchet_secret"])
    return {"card": key_card.encode_card(introduction.open_answer(introduction.parse_answer(a["answer"]), own).card)}


@operation("handover.encode")
def _encode_handover(a: Args) -> Result:
    passed = introduction.parse_passed(a["passed"])
    return {"handover": handover.encode_handover(handover.Handover(a["name"], passed))}


@operation("handover.parse")
def _parse_handover(a: Args) -> Result:
    found = handover.parse_handover(a["handover"])
    return {"name": found.name, "passed": introduction.encode_passed(found.passed)}


@operation("question.normalise")
def _normalise(a: Args) -> Result:
    return {"normalised": question.normalise_answer(a["text"])}


@operation("question.run")
def _run(a: Args) -> Result:
    """A whole exchange; fails where a confirmation does not hold."""
    asker = question.Pair(a["asker_binding"], a["asker_card"], a["answerer_card"])
    answerer = question.Pair(a["answerer_binding"], a["answerer_card"], a["asker_card"])
    asking, asked = question.ask(a["question"], a["asker_answer"], asker, SeededEntropy(a["asker_seed"]))
    expected, answered = question.answer(asked, a["answerer_answer"], answerer, SeededEntropy(a["answerer_seed"]))
    finished = question.finish(asking, answered, asker)
    question.check_confirmation(expected, finished.confirmation)
    steps = (asked, answered, finished)
    return {"steps": [question.encode_message(step) for step in steps]}


@operation("question.parse")
def _parse(a: Args) -> Result:
    return {"step": type(question.parse_message(a["step"])).__name__}
