"""Cases: helper certificates, introductions, the question only we know."""

from typing import Any

from protocol.primitives.signing import verify_key_of
from tests.kits.communities import TODAY
from tests.vectors.cases import Group, repeat, result

HELPER_SECRET = b"helper".ljust(32)


def helpers_group() -> Group:
    """Everything between a helper and two relatives, and between the two."""
    group = Group("helpers")
    group.add(
        "certificate", "certificate.make", key=verify_key_of(HELPER_SECRET), name="온누리 쉼터", expiry_day=TODAY,
        seed=b"certificate".ljust(32),
    )  # fmt: skip
    good = result("certificate", "certificate")
    group.add("check certificate", "certificate.check", certificate=good, today=TODAY)
    for name, failure, data, today in (
        ("after its day", "value", good, TODAY + 1),
        ("with its name changed", "altered", result("certificate", "certificate", flip=52), TODAY),
        ("with its key changed", "altered", result("certificate", "certificate", flip=16), TODAY),
        ("cut short", "size", result("certificate", "certificate", size=100), TODAY),
        ("without a name", "value", result("certificate", "certificate", (50, b"\0")), TODAY),
    ):
        group.add(f"certificate {name}", "certificate.check", failure, certificate=data, today=today)

    for name in ("a", "b"):
        group.add(f"card {name}", "card.make", kind=2, name="", expiry_day=TODAY + 30, seed=name.encode().ljust(32))
    both: dict[str, Any] = {"certificate": good, "helper_secret": HELPER_SECRET, "card": result("card b", "card")}
    group.add("introduction", "introduction.make", to=result("card a", "card"), **both)
    group.add("introduction one way", "introduction.make", **both)
    group.add("introduction of a card to itself", "introduction.make", "value", to=result("card b", "card"), **both)
    for name in ("introduction", "introduction one way"):
        whole = result(name, "introduction")
        group.add(f"check {name}", "introduction.check", introduction=whole, today=TODAY)
    group.add(
        "introduction with a bit changed", "introduction.check", "altered",
        introduction=result("introduction", "introduction", flip=40), today=TODAY,
    )  # fmt: skip
    group.add(
        "introduction by another key", "introduction.make", to=result("card a", "card"),
        **both | {"helper_secret": repeat(9, 32)},
    )  # fmt: skip
    group.add(
        "check introduction by another key", "introduction.check", "key",
        introduction=result("introduction by another key", "introduction"), today=TODAY,
    )  # fmt: skip

    def own(name: str) -> dict[str, Any]:
        secrets = {key: result(f"card {name}", key) for key in ("agreement_secret", "ratchet_secret")}
        return {"own_card": result(f"card {name}", "card"), **secrets}

    group.add(
        "answer", "introduction.answer", introduction=result("introduction one way", "introduction"),
        seed=b"answer".ljust(32), **own("a"),
    )  # fmt: skip
    group.add("open answer", "introduction.open_answer", answer=result("answer", "answer"), **own("b"))
    group.add(
        "answer to another card", "introduction.open_answer", "key", answer=result("answer", "answer"), **own("a")
    )

    for name, passed, called in (
        ("card", result("card a", "card"), "동생"),
        ("introduction", result("introduction", "introduction"), ""),
        ("introduction one way", result("introduction one way", "introduction"), "언니"),
        ("answer", result("answer", "answer"), ""),
    ):
        group.add(f"handover of {name}", "handover.encode", passed=passed, name=called)
        group.add(f"read handover of {name}", "handover.parse", handover=result(f"handover of {name}", "handover"))
    for name, failure, handed in (
        ("with its card changed", "altered", result("handover of card", "handover", flip=20)),
        ("cut short in its name", "size", result("handover of card", "handover", size=5)),
        ("cut short", "altered", result("handover of card", "handover", size=60)),
        ("with a name too long", "size", repeat(255, 40)),
        ("without anything", "size", b""),
        ("of a name alone", "altered", b"\0"),
    ):
        group.add(f"handover {name}", "handover.parse", failure, handover=handed)
    group.add("handover read as a card", "card.parse", "altered", card=result("handover of card", "handover"))

    for name, text in (
        ("korean", "  감자, 고구마! "),
        ("decomposed", "\u1100\u1161\u11b7\u110c\u1161"),
        ("wide and upper case", "Ｐotato Nо. 5"),
        ("signs only", "?! ~"),
    ):
        group.add(f"normalise {name}", "question.normalise", text=text)
    run: dict[str, Any] = {
        "question": "밭에서 무엇을 구워 먹었지?", "asker_answer": "감자", "asker_binding": repeat(1, 32),
        "asker_card": repeat(5, 32), "answerer_card": repeat(6, 32),
        "asker_seed": b"asker".ljust(32), "answerer_answer": "감 자!", "answerer_binding": repeat(1, 32),
        "answerer_seed": b"answerer".ljust(32),
    }  # fmt: skip
    group.add("question", "question.run", **run)
    group.add("question answered otherwise", "question.run", "altered", **run | {"answerer_answer": "옥수수"})
    group.add("question with other keys", "question.run", "key", **run | {"answerer_binding": repeat(2, 32)})
    group.add("question with an empty answer", "question.run", "value", **run | {"answerer_answer": "?!"})
    for name, failure, step in (
        ("step 5", "value", b"\x05" + bytes(16)),
        ("step cut short", "size", b"\x02" + bytes(79)),
        ("step too long", "size", b"\x04" + bytes(17)),
        ("question that is not UTF-8", "value", b"\x01" + bytes(48) + b"\xff"),
        ("question of spaces", "value", b"\x01" + bytes(48) + b"  "),
    ):
        group.add(name, "question.parse", failure, step=step)
    return group
