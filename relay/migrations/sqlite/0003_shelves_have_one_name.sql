-- A request that renames a shelf comes again under the same next name: the name before is needed no more.

DROP INDEX shelves_former;
ALTER TABLE shelves DROP COLUMN former;
