"""How things stand, as a page: the sentences of `sosik status`, warnings strong, and a way to join."""

from client_cli.community.joining import join
from client_cli.letterbox.pages.blocks import Style, Words
from client_cli.letterbox.pages.joining import join_page
from client_cli.letterbox.pages.standing import standing_page
from client_cli.letterbox.pages.visit import Visit
from client_cli.status.facts import status
from client_cli.wording.status import sentences
from tests.kits.communities import invitation
from tests.kits.homes import NOW


def test_the_page_says_what_the_command_says_with_warnings_strong(visit: Visit) -> None:
    said = list(sentences(status(visit.opened, visit.now())))
    blocks = standing_page(join_page, visit).blocks
    assert blocks == tuple(Words(one.text, Style.STRONG if one.warning else Style.PLAIN) for one in said)
    assert any(one.warning for one in said)


def test_whoever_has_not_joined_can_begin_here(visit: Visit) -> None:
    assert [choice.key for choice in standing_page(join_page, visit).choices] == ["1", "2"]
    join(visit.opened, invitation(), NOW)
    assert [choice.key for choice in standing_page(join_page, visit).choices] == ["2"]
