"""All fuzz targets, in the order in which `make fuzz` runs them."""

from tests.fuzz.cases_community import BOARD, COMMUNITY_TARGET
from tests.fuzz.cases_files import BUNDLE, PICTURE, TEXT
from tests.fuzz.cases_letters import LETTER, STATES
from tests.fuzz.cases_network import EXCHANGE, LINK, ROUTE
from tests.fuzz.cases_people import CARD, INTRODUCTION, QUESTION
from tests.fuzz.cases_running import RUNNING
from tests.fuzz.target import Target

TARGETS: dict[str, Target] = {
    target.name: target
    for target in (
        EXCHANGE,
        ROUTE,
        LINK,
        BOARD,
        COMMUNITY_TARGET,
        CARD,
        INTRODUCTION,
        QUESTION,
        LETTER,
        PICTURE,
        BUNDLE,
        TEXT,
        STATES,
        RUNNING,
    )
}
