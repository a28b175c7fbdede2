-- A relay of several processes numbers the batches of each process by themselves: what was heard is kept for each
-- (relay, boot), and forgotten by its day, since the boot of a process that has ended is never heard again.

CREATE TABLE links_by_boot (    -- last batch heard from each process of each relay
    relay INTEGER NOT NULL,
    boot BLOB NOT NULL,
    seq INTEGER NOT NULL,
    seen INTEGER NOT NULL,
    day INTEGER NOT NULL,
    PRIMARY KEY (relay, boot)
) WITHOUT ROWID;

-- The day of what was heard before is not known: the newest day that the store has erased by.
INSERT INTO links_by_boot
    SELECT relay, boot, seq, seen, COALESCE((SELECT value / 4 FROM state WHERE name = 'expired_quarter'), 0) FROM links;
DROP TABLE links;
ALTER TABLE links_by_boot RENAME TO links;
