"""Letters between two homes, cell by cell: writing, reading, where one is, and times by which something is due."""

from client_cli.inbox import reading as inbox
from client_cli.outbox import letters as outbox
from client_cli.outbox.letters import LetterState
from tests.kits.homes import CONSTANTS, NOW, Home

HOUR = 3600.0
RETRY = CONSTANTS.retry_ms / 1000
LATER = 3 * RETRY * 1.01  # any first retry is due by then
ACK_LATER = 28 * CONSTANTS.ack_wait_ms / 1000  # any ack wait is over by then


def texts(home: Home) -> list[str]:
    return [letter.text for letter in inbox.unread(home.vault)]


def state(home: Home, now: float = NOW) -> LetterState:
    return outbox.letters(home.vault, now)[-1]


def write(home: Home, to: str, text: str, now: float = NOW) -> LetterState:
    return outbox.write_letter(home.vault, home.person(to), text, now)
