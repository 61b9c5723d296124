-- meter_states --
-- How many meters are in each state.
SELECT state, count(*) FROM meters GROUP BY state;

-- open_ticket_causes --
-- How many repair tickets are open for each cause.
SELECT cause, count(*) FROM repair_tickets WHERE closed_utc IS NULL GROUP BY cause;

-- oldest_mark --
-- The oldest mark that waits for the rollups; none if nothing waits.
SELECT min(dirty_id) FROM dirty_spans;

-- erased_persons --
-- Whom this database knows to be erased.
SELECT person FROM erasures;

-- server_facts --
-- The server's clock and version, and, for who may know it, where its files are.
SELECT clock_timestamp(), current_setting('server_version_num')::integer,
       CASE WHEN pg_has_role('pg_read_all_settings', 'member')
            THEN current_setting('data_directory', true) END;

-- doubled_writers --
-- Ingest processes that write here under one name.
SELECT substr(application_name, length(%(prefix)s) + 1)
FROM pg_stat_activity
WHERE datname = current_database() AND starts_with(application_name, %(prefix)s)
GROUP BY application_name HAVING count(*) > 1
ORDER BY application_name;
