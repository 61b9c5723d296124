-- lock_schema --
-- Make two migrations at once take turns.
SELECT pg_advisory_xact_lock(6357219001);

-- make_ledger --
-- The table of migrations that were applied.
CREATE TABLE IF NOT EXISTS migrations (
    version     integer PRIMARY KEY,
    name        text NOT NULL,
    checksum    text NOT NULL,
    applied_utc timestamptz NOT NULL DEFAULT now()
);

-- has_ledger --
-- Whether any migration was ever applied.
SELECT to_regclass('migrations') IS NOT NULL;

-- ledger --
-- What was applied, with the checksum of its text.
SELECT version, checksum FROM migrations ORDER BY version;

-- enter --
-- Write a migration into the ledger.
INSERT INTO migrations (version, name, checksum) VALUES (%s, %s, %s);
