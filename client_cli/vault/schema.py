"""The client's database schema, in versioned steps.

Invariant: a step that was released is never edited; a new step is appended and `PRAGMA user_version` counts the steps
done, each in one transaction. Every column that belongs to the letters compartment is named `sealed_*` and holds
XChaCha20-Poly1305 under the letters key (client_cli.vault.letters_key); all other columns are the post compartment,
which `online` can work with while the vault is locked. Spec: docs/protocol.md, Vault.

Both compartments live in one SQLCipher file because a state change moves both (ratchet step, letter, ack) and two
database files cannot be committed together: in WAL mode SQLite's own multi-file commit is atomic per file only.
"""

from typing import Any

__all__ = ["MIGRATIONS", "migrate"]

MIGRATIONS: tuple[tuple[str, ...], ...] = (
    (
        # Single values: schedule state, guard state, board reader, cursors, access secret, invite, roster, settings,
        # counters.
        "CREATE TABLE meta (key TEXT PRIMARY KEY, value BLOB NOT NULL) WITHOUT ROWID",
        # Relays' signed descriptors as received.
        """CREATE TABLE descriptors (
            relay INTEGER NOT NULL, day INTEGER NOT NULL, body BLOB NOT NULL,
            PRIMARY KEY (relay, day)) WITHOUT ROWID""",
        # People. Plain: what the schedule needs while locked. state: 0 meeting, 1 ready, 2 paused, 3 closed.
        """CREATE TABLE contacts (
            number INTEGER PRIMARY KEY, state INTEGER NOT NULL, ack_due REAL, next_letter INTEGER NOT NULL DEFAULT 1,
            sealed_person BLOB NOT NULL,    -- name, label, own card, their card
            sealed_conversation BLOB,       -- double ratchet of both sessions
            sealed_assembler BLOB)          -- parts of letters that are not whole yet""",
        # Streams: direction 0 send, 1 receive; contact 0 is ourselves (loops). A stream whose relays are not known yet
        # keeps its root.
        """CREATE TABLE streams (
            id INTEGER PRIMARY KEY, contact INTEGER NOT NULL, direction INTEGER NOT NULL,
            root BLOB, root_at REAL, state BLOB, UNIQUE (contact, direction))""",
        # Every pigeonhole a receive stream watches; rows follow the stream's state
        # (client_cli.streams.streams.save_receive). listed_at: when a board page listed it; tries/asked_at: fetches
        # sent for it.
        """CREATE TABLE expected (
            hole BLOB PRIMARY KEY, take BLOB NOT NULL, stream INTEGER NOT NULL, epoch INTEGER NOT NULL, idx INTEGER NOT
            NULL, relay INTEGER NOT NULL, listed_at REAL, tries INTEGER NOT NULL DEFAULT 0, asked_at REAL,
            UNIQUE (stream, epoch, idx)) WITHOUT ROWID""",
        "CREATE INDEX expected_listed ON expected (relay, listed_at) WHERE listed_at IS NOT NULL",
        # Ratchet messages that came while the letters key was away. ack_due, seed: drawn on arrival; opening draws
        # nothing.
        """CREATE TABLE arrived (
            stream INTEGER NOT NULL, epoch INTEGER NOT NULL, idx INTEGER NOT NULL, message BLOB NOT NULL,
            arrived_at REAL NOT NULL, ack_due REAL NOT NULL, seed BLOB NOT NULL, PRIMARY KEY (stream, epoch, idx))
            WITHOUT ROWID""",
        # Cells handed to a slot and not acknowledged. letter NULL: an ack-only cell. superseded: sent again, no longer
        # counted on.
        """CREATE TABLE in_flight (
            contact INTEGER NOT NULL, epoch INTEGER NOT NULL, idx INTEGER NOT NULL, letter INTEGER, part INTEGER,
            sent_at REAL NOT NULL, superseded INTEGER NOT NULL DEFAULT 0,
            PRIMARY KEY (contact, epoch, idx)) WITHOUT ROWID""",
        # Letters out. letter: number inside the relationship. The body is erased on arrival and expiry.
        """CREATE TABLE letters_out (
            number INTEGER PRIMARY KEY, contact INTEGER NOT NULL, letter INTEGER NOT NULL, parts INTEGER NOT NULL,
            written_at REAL NOT NULL, expires_at REAL NOT NULL, arrived_at REAL, expired_at REAL,
            sealed_body BLOB, UNIQUE (contact, letter))""",
        # One row per fragment that is not acknowledged, and after it (arrived_at) until the letter is whole.
        """CREATE TABLE parts (
            contact INTEGER NOT NULL, letter INTEGER NOT NULL, part INTEGER NOT NULL, next_try REAL NOT NULL,
            tries INTEGER NOT NULL DEFAULT 0, arrived_at REAL,
            PRIMARY KEY (contact, letter, part)) WITHOUT ROWID""",
        "CREATE INDEX parts_due ON parts (next_try) WHERE arrived_at IS NULL",
        # Letters in: unread, or kept after reading.
        """CREATE TABLE letters_in (
            number INTEGER PRIMARY KEY, contact INTEGER NOT NULL, letter INTEGER NOT NULL, arrived_day INTEGER NOT NULL,
            kept INTEGER NOT NULL DEFAULT 0, sealed_body BLOB NOT NULL)""",
        # The postman's: fetches whose answer is outstanding, packets sealed ahead of their slot, counts of loops.
        """CREATE TABLE outstanding (
            id INTEGER PRIMARY KEY, hole BLOB, relay INTEGER NOT NULL, reply_keys BLOB NOT NULL, sent_at REAL NOT NULL,
            give_up_at REAL NOT NULL)""",
        """CREATE TABLE prepared (
            slot INTEGER PRIMARY KEY, at REAL NOT NULL, guard INTEGER NOT NULL, packet BLOB NOT NULL,
            fetch BLOB NOT NULL)""",
        "CREATE TABLE tallies (name TEXT PRIMARY KEY, value INTEGER NOT NULL) WITHOUT ROWID",
    ),
    (
        # Portraits, by the person they belong to.
        "CREATE TABLE portraits (contact INTEGER PRIMARY KEY, sealed_picture BLOB NOT NULL)",
    ),
    (
        # Bundles that were packed: what opens the response to each exchange, by its place in the file; what its cursor
        # asked for; when one came.
        """CREATE TABLE bundle_exchanges (
            response_key BLOB PRIMARY KEY, bundle INTEGER NOT NULL, place INTEGER NOT NULL, guard INTEGER NOT NULL,
            interval INTEGER NOT NULL, offset INTEGER NOT NULL, answered_at REAL, forget_at REAL NOT NULL)
            WITHOUT ROWID""",
        # Their fetches whose reply has not come. Apart from `outstanding`, which the schedule of `online` counts.
        """CREATE TABLE bundle_fetches (
            id INTEGER PRIMARY KEY, bundle INTEGER NOT NULL, hole BLOB, reply_keys BLOB NOT NULL,
            forget_at REAL NOT NULL)""",
    ),
    (
        # Questions only we know, by the person they are shared with: tries, what is open, outcomes not told yet.
        "CREATE TABLE questions (contact INTEGER PRIMARY KEY, sealed_state BLOB NOT NULL)",
        # step 1: a letter that programs write to each other for such a question; nobody sees it in a list.
        "ALTER TABLE letters_out ADD COLUMN step INTEGER NOT NULL DEFAULT 0",
    ),
    (
        # Loops whose coming back or not says something about relays; `relay` stores them.
        """CREATE TABLE loops_watched (
            epoch INTEGER NOT NULL, idx INTEGER NOT NULL, relay INTEGER NOT NULL, hole BLOB NOT NULL,
            sent_at REAL NOT NULL, PRIMARY KEY (epoch, idx)) WITHOUT ROWID""",
    ),
    (
        # Cards, introductions and answers that came from a person and wait to be accepted, refused or passed on.
        "CREATE TABLE handovers (number INTEGER PRIMARY KEY, contact INTEGER NOT NULL, sealed_handover BLOB NOT NULL)",
    ),
    (
        # Their layout has changed; the next key block brings new ones.
        "DELETE FROM descriptors",
    ),
    (
        # It has changed again: one for each day.
        "DELETE FROM descriptors",
    ),
    (
        # The newest seal of each relay, as received: what it says of the keys of the others.
        "CREATE TABLE seals (relay INTEGER PRIMARY KEY, interval INTEGER NOT NULL, body BLOB NOT NULL)",
    ),
    (
        # Letters that came so late that their writer may have been told that they did not arrive.
        "ALTER TABLE letters_in ADD COLUMN late INTEGER NOT NULL DEFAULT 0",
    ),
    (
        # The relay on whose board it was read last; NULL: not known.
        "ALTER TABLE descriptors ADD COLUMN board INTEGER",
        "ALTER TABLE seals ADD COLUMN board INTEGER",
    ),
    (
        # The guard that answered the exchange of a fetch; NULL: whether its reply comes says nothing of a guard.
        # turns: answered exchanges there since its reply was due.
        "ALTER TABLE outstanding ADD COLUMN carrier INTEGER",
        "ALTER TABLE outstanding ADD COLUMN turns INTEGER NOT NULL DEFAULT 0",
    ),
    (
        # The relays that a cell went by; NULL: not known. One that falls silent has lost it.
        "ALTER TABLE in_flight ADD COLUMN middle INTEGER",
        "ALTER TABLE in_flight ADD COLUMN store INTEGER",
    ),
    (
        # Whether letters with a person go on after a folder was put back from a copy, and when a fresh card is due.
        # Their streams from before that are kept for it under the negative number of the contact.
        "ALTER TABLE contacts ADD COLUMN standing INTEGER NOT NULL DEFAULT 0",
        "ALTER TABLE contacts ADD COLUMN card_due REAL",
    ),
    (
        # The layout of their states has changed; a shelf is begun anew at its guard.
        "DELETE FROM meta WHERE key LIKE 'shelf %'",
    ),
)


def migrate(connection: Any, to: int = len(MIGRATIONS)) -> None:
    """Bring the database to a version; a newer one than this program knows is left alone (ValueError)."""
    (version,) = connection.execute("PRAGMA user_version").fetchone()
    if version > len(MIGRATIONS):
        raise ValueError("the vault was written by a newer program")
    for step, statements in enumerate(MIGRATIONS[version:to], version + 1):
        connection.execute("BEGIN IMMEDIATE")
        try:
            for statement in statements:
                connection.execute(statement)
            connection.execute(f"PRAGMA user_version = {step}")
        except BaseException:
            connection.execute("ROLLBACK")
            raise
        connection.execute("COMMIT")
