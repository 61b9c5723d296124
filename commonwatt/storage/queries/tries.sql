-- hold_key --
-- Let nobody else count tries of this key until the transaction ends.
SELECT pg_advisory_xact_lock(%(lock)s);

-- count_tries --
-- How many tries there were since an instant.
SELECT count(*) FROM tries WHERE key_hash = %(key_hash)s AND at_utc > %(since_utc)s;

-- add_try --
-- Count a try.
INSERT INTO tries (key_hash, at_utc) VALUES (%(key_hash)s, %(now_utc)s);
