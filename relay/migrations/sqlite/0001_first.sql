-- Everything a relay holds. `sosik-relay inspect` explains every table and column (relay/operator/inventory.py); a column that is
-- not explained there fails a test. No table keeps insertion order: keys are random or hashes, `day` is the coarsest
-- time that expiry needs (UTC day number). Design section 8; docs/protocol.md, Relay.

CREATE TABLE state (            -- counters and marks of the relay itself
    name TEXT PRIMARY KEY,
    value INTEGER NOT NULL
) WITHOUT ROWID;

CREATE TABLE keys (             -- rotating X25519 secrets: kind 1 day, 2 slow, 3 link
    kind INTEGER NOT NULL,
    period INTEGER NOT NULL,
    secret BLOB NOT NULL,
    PRIMARY KEY (kind, period)
) WITHOUT ROWID;

CREATE TABLE tags (             -- replay tags, each as long as the key that opened its box
    kind INTEGER NOT NULL,
    period INTEGER NOT NULL,
    tag BLOB NOT NULL,
    PRIMARY KEY (kind, period, tag)
) WITHOUT ROWID;

CREATE TABLE packets (          -- the pool: what waits for its hold or for another relay
    id INTEGER PRIMARY KEY,
    due INTEGER NOT NULL,
    next INTEGER NOT NULL,
    kind INTEGER NOT NULL,
    ref BLOB NOT NULL,
    body BLOB NOT NULL
);

CREATE TABLE returns (          -- the way back of fetches
    ref BLOB PRIMARY KEY,
    sent_to INTEGER NOT NULL,
    came_from INTEGER,
    their_ref BLOB,
    shelf INTEGER,
    back_ms INTEGER NOT NULL,
    reply_key BLOB NOT NULL,
    quarter INTEGER NOT NULL
) WITHOUT ROWID;
CREATE INDEX returns_quarter ON returns (quarter);

CREATE TABLE shelves (
    id INTEGER PRIMARY KEY,
    name BLOB NOT NULL,
    former BLOB,
    next_number INTEGER NOT NULL,
    day INTEGER NOT NULL
);
CREATE INDEX shelves_name ON shelves (name);
CREATE INDEX shelves_former ON shelves (former) WHERE former IS NOT NULL;

CREATE TABLE replies (
    id INTEGER PRIMARY KEY,
    shelf INTEGER NOT NULL,
    number INTEGER NOT NULL,
    day INTEGER NOT NULL,
    body BLOB NOT NULL
);
CREATE UNIQUE INDEX replies_shelf ON replies (shelf, number);
CREATE INDEX replies_day ON replies (day);

CREATE TABLE tickets (          -- spent one-use tickets
    ticket BLOB PRIMARY KEY,
    shelf INTEGER,
    day INTEGER NOT NULL,
    expires INTEGER NOT NULL
) WITHOUT ROWID;

CREATE TABLE cells (
    id INTEGER PRIMARY KEY,
    hole BLOB NOT NULL,
    day INTEGER NOT NULL,
    cell BLOB NOT NULL
);
CREATE INDEX cells_day ON cells (day);

CREATE TABLE holes (            -- names for the next board page
    interval INTEGER NOT NULL,
    hole BLOB NOT NULL,
    PRIMARY KEY (interval, hole)
) WITHOUT ROWID;

CREATE TABLE sheets (           -- the board: public, signed bytes
    interval INTEGER NOT NULL,
    place INTEGER NOT NULL,
    entry BLOB NOT NULL,
    PRIMARY KEY (interval, place)
) WITHOUT ROWID;

CREATE TABLE listed (           -- which entries are on our board already
    kind INTEGER NOT NULL,
    relay INTEGER NOT NULL,
    period INTEGER NOT NULL,
    digest BLOB NOT NULL,
    day INTEGER NOT NULL,
    PRIMARY KEY (kind, relay, period, digest)
) WITHOUT ROWID;

CREATE TABLE board_state (      -- what this relay has followed of every relay's chain of pages
    name TEXT PRIMARY KEY,
    body BLOB NOT NULL
) WITHOUT ROWID;

CREATE TABLE seals (            -- newest seal of each relay
    relay INTEGER PRIMARY KEY,
    interval INTEGER NOT NULL,
    body BLOB NOT NULL
);

CREATE TABLE pieces (           -- board entries that have arrived in part
    relay INTEGER NOT NULL,
    entry BLOB NOT NULL,
    part INTEGER NOT NULL,
    day INTEGER NOT NULL,
    body BLOB NOT NULL,
    PRIMARY KEY (relay, entry, part)
) WITHOUT ROWID;

CREATE TABLE descriptors (      -- signed public keys of relays
    relay INTEGER NOT NULL,
    day INTEGER NOT NULL,
    body BLOB NOT NULL,
    PRIMARY KEY (relay, day)
) WITHOUT ROWID;

CREATE TABLE rosters (          -- signed rosters in succession
    version INTEGER PRIMARY KEY,
    body BLOB NOT NULL
);

CREATE TABLE access (           -- the community's access secrets
    epoch INTEGER PRIMARY KEY,
    secret BLOB NOT NULL
);

CREATE TABLE links (            -- last batch heard from each relay
    relay INTEGER PRIMARY KEY,
    boot BLOB NOT NULL,
    seq INTEGER NOT NULL,
    seen INTEGER NOT NULL
);
