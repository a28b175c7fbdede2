"""A dishonest helper's program: a real `sosik online` that opens every step of a question and hands it on unread.

`python -m tests.stories.middle SPOOL online --home ...`: bodies of steps go to the file SPOOL, a line each, in hex, and
are not acted on here.
"""

import sys
from pathlib import Path

from client_cli.__main__ import run
from client_cli.meeting import question
from client_cli.vault.transaction import Tx


def main() -> int:
    """Run the client with the one changed function."""
    spool = Path(sys.argv[1])

    def receive(tx: Tx, contact: int, body: bytes, now: float) -> None:
        del tx, contact, now
        with spool.open("a") as stream:
            stream.write(body.hex() + "\n")

    question.receive = receive
    return run(sys.argv[2:])


if __name__ == "__main__":
    sys.exit(main())
