-- Everything a relay holds, as in relay/migrations/sqlite/, for PostgreSQL. `sosik-relay inspect` explains every table
-- and column (relay/operator/inventory.py). Every key is random, a hash, or a public number, so no column keeps the order of
-- arrival; PostgreSQL's files do (docs/operators.md, PostgreSQL). Every row is found by the key of its own table.

CREATE TABLE meta (             -- of the tables themselves: their version, and a counter of changes to what is cached
    name TEXT COLLATE "C" PRIMARY KEY,
    value BIGINT NOT NULL
);
INSERT INTO meta VALUES ('schema', 0), ('changes', 0);

CREATE TABLE state (            -- counters and marks of the relay itself
    name TEXT COLLATE "C" PRIMARY KEY,
    value BIGINT NOT NULL
);

CREATE TABLE keys (             -- rotating X25519 secrets: kind 1 day, 2 slow, 3 link
    kind BIGINT NOT NULL,
    period BIGINT NOT NULL,
    secret BYTEA NOT NULL,
    PRIMARY KEY (kind, period)
);

CREATE TABLE tags (             -- replay tags, each as long as the key that opened its box
    kind BIGINT NOT NULL,
    period BIGINT NOT NULL,
    tag BYTEA NOT NULL,
    PRIMARY KEY (kind, period, tag)
);

CREATE TABLE packets (          -- the pool: what waits for its hold or for another relay
    id BIGINT PRIMARY KEY,
    due BIGINT NOT NULL,
    next BIGINT NOT NULL,
    kind BIGINT NOT NULL,
    ref BYTEA NOT NULL,
    body BYTEA NOT NULL,
    holder BIGINT               -- the process that has taken it, while that runs
);
CREATE INDEX packets_due ON packets (next, due, id) WHERE holder IS NULL;
CREATE INDEX packets_holder ON packets (holder) WHERE holder IS NOT NULL;

CREATE TABLE returns (          -- the way back of fetches
    ref BYTEA PRIMARY KEY,
    sent_to BIGINT NOT NULL,
    came_from BIGINT,
    their_ref BYTEA,
    shelf BIGINT,
    back_ms BIGINT NOT NULL,
    reply_key BYTEA NOT NULL,
    quarter BIGINT NOT NULL
);
CREATE INDEX returns_quarter ON returns (quarter);

CREATE TABLE shelves (
    id BIGINT PRIMARY KEY,
    name BYTEA NOT NULL,
    former BYTEA,
    next_number BIGINT NOT NULL,
    day BIGINT NOT NULL
);
CREATE INDEX shelves_name ON shelves (name);
CREATE INDEX shelves_former ON shelves (former) WHERE former IS NOT NULL;

CREATE TABLE replies (
    id BIGINT PRIMARY KEY,
    shelf BIGINT NOT NULL,
    number BIGINT NOT NULL,
    day BIGINT NOT NULL,
    body BYTEA NOT NULL
);
CREATE UNIQUE INDEX replies_shelf ON replies (shelf, number);
CREATE INDEX replies_day ON replies (day);

CREATE TABLE tickets (          -- spent one-use tickets
    ticket BYTEA PRIMARY KEY,
    shelf BIGINT,
    day BIGINT NOT NULL,
    expires BIGINT NOT NULL
);

CREATE TABLE cells (
    id BIGINT PRIMARY KEY,
    hole BYTEA NOT NULL,
    day BIGINT NOT NULL,
    cell BYTEA NOT NULL
);
CREATE INDEX cells_day ON cells (day);

CREATE TABLE holes (            -- names for the next board page
    "interval" BIGINT NOT NULL,
    hole BYTEA NOT NULL,
    PRIMARY KEY ("interval", hole)
);

CREATE TABLE sheets (           -- the board: public, signed bytes
    "interval" BIGINT NOT NULL,
    place BIGINT NOT NULL,
    entry BYTEA NOT NULL,
    PRIMARY KEY ("interval", place)
);

CREATE TABLE listed (           -- which entries are on our board already
    kind BIGINT NOT NULL,
    relay BIGINT NOT NULL,
    period BIGINT NOT NULL,
    digest BYTEA NOT NULL,
    day BIGINT NOT NULL,
    PRIMARY KEY (kind, relay, period, digest)
);

CREATE TABLE board_state (      -- what this relay has followed of every relay's chain of pages
    name TEXT COLLATE "C" PRIMARY KEY,
    body BYTEA NOT NULL
);

CREATE TABLE seals (            -- newest seal of each relay
    relay BIGINT PRIMARY KEY,
    "interval" BIGINT NOT NULL,
    body BYTEA NOT NULL
);

CREATE TABLE pieces (           -- board entries that have arrived in part
    relay BIGINT NOT NULL,
    entry BYTEA NOT NULL,
    part BIGINT NOT NULL,
    day BIGINT NOT NULL,
    body BYTEA NOT NULL,
    PRIMARY KEY (relay, entry, part)
);

CREATE TABLE descriptors (      -- signed public keys of relays
    relay BIGINT NOT NULL,
    day BIGINT NOT NULL,
    body BYTEA NOT NULL,
    PRIMARY KEY (relay, day)
);

CREATE TABLE rosters (          -- signed rosters in succession
    version BIGINT PRIMARY KEY,
    body BYTEA NOT NULL
);

CREATE TABLE access (           -- the community's access secrets
    epoch BIGINT PRIMARY KEY,
    secret BYTEA NOT NULL
);

CREATE TABLE links (            -- last batch heard from each process of each relay
    relay BIGINT NOT NULL,
    boot BYTEA NOT NULL,
    seq BIGINT NOT NULL,
    seen BIGINT NOT NULL,
    day BIGINT NOT NULL,
    PRIMARY KEY (relay, boot)
);

-- Sealed bytes do not compress: EXTERNAL saves the attempt.
ALTER TABLE packets ALTER COLUMN body SET STORAGE EXTERNAL;
ALTER TABLE replies ALTER COLUMN body SET STORAGE EXTERNAL;
ALTER TABLE cells ALTER COLUMN cell SET STORAGE EXTERNAL;
ALTER TABLE sheets ALTER COLUMN entry SET STORAGE EXTERNAL;
ALTER TABLE board_state ALTER COLUMN body SET STORAGE EXTERNAL;
ALTER TABLE pieces ALTER COLUMN body SET STORAGE EXTERNAL;
ALTER TABLE rosters ALTER COLUMN body SET STORAGE EXTERNAL;
