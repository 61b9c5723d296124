-- our_tables --
-- Every table of the service.
SELECT c.relname FROM pg_class c
WHERE c.relnamespace = 'public'::regnamespace AND c.relkind IN ('r', 'p')
  AND NOT EXISTS (SELECT FROM pg_depend d WHERE d.objid = c.oid AND d.deptype = 'e')
ORDER BY c.relname;

-- checksum_of --
-- How many rows a table has, and a sum over all of them that does not depend on their order.
SELECT count(*), coalesce(sum(hashtextextended(t::text, 0)::numeric), 0)::text FROM a_table t;

-- hurry_locks --
-- Rather give up than make writers wait, or be taken for a deadlock.
SET LOCAL lock_timeout = '300ms';

-- hold_writers --
-- Nobody writes until this transaction ends; everybody may read.
LOCK TABLE a_table IN SHARE MODE;

-- see_one_state --
-- From here on this transaction sees one state of the database.
SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY;

-- mark_state --
-- Give this moment a name in the log that a restore can stop at.
SELECT pg_create_restore_point(%(name)s);


-- is_archived --
-- Whether a place in the log has been taken along.
SELECT coalesce(bool_or(flush_lsn >= %(lsn)s::pg_lsn), false) FROM pg_stat_replication
WHERE application_name = %(name)s;

-- is_followed --
-- Whether the client of this name takes the log along.
SELECT EXISTS (SELECT FROM pg_stat_replication WHERE application_name = %(name)s);

-- is_slot_idle --
-- Whether the server keeps its log for a follower that is away.
SELECT EXISTS (SELECT FROM pg_replication_slots WHERE slot_name = %(slot)s AND NOT active);

-- close_piece --
-- Begin a new piece of the log, so that all before is written out at once.
SELECT pg_switch_wal();

-- is_recovering --
-- Whether the server still replays its log.
SELECT pg_is_in_recovery();

-- is_paused_there --
-- Whether it replays no further, because it has come to where it was told to stop.
SELECT pg_is_in_recovery() AND pg_get_wal_replay_pause_state() = 'paused';

-- schema_version --
-- The number of the last migration.
SELECT max(version) FROM migrations;
