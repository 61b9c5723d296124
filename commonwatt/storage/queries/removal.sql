-- close_occupancy --
-- End an occupancy at an instant unless it ended before.
UPDATE occupancies SET end_utc = greatest(%(end_utc)s, start_utc + interval '30 minutes')
WHERE occupancy_id = %(occupancy_id)s AND coalesce(end_utc, 'infinity') > %(end_utc)s;

-- stays_of --
-- Which meter measured a household from when to when.
SELECT i.meter_id, greatest(i.start_utc, o.start_utc), least(coalesce(i.end_utc, 'infinity'), o.end_utc)
FROM occupancies o JOIN installations i USING (dwelling_id)
WHERE o.occupancy_id = %(occupancy_id)s
  AND tstzrange(i.start_utc, i.end_utc) && tstzrange(o.start_utc, o.end_utc);

-- delete_readings --
-- Remove what a meter said of a stretch; a reading across its start goes, too.
DELETE FROM readings
WHERE meter_id = %(meter_id)s AND end_utc > %(start_utc)s AND end_utc <= %(end_utc)s;

-- delete_half_hours --
-- Remove a meter's half-hours of a stretch.
DELETE FROM half_hours
WHERE meter_id = %(meter_id)s AND start_utc >= %(start_utc)s AND start_utc < %(end_utc)s;

-- delete_days --
-- Remove every local day that a stretch touches.
DELETE FROM days
WHERE meter_id = %(meter_id)s AND day >= (%(start_utc)s AT TIME ZONE %(zone)s)::date
  AND day::timestamp AT TIME ZONE %(zone)s < %(end_utc)s;

-- restore_edge_days --
-- Sum the half-hours that others keep of the days at both ends of a removed stretch.
INSERT INTO days (meter_id, day, register_wh, power_wh, estimated_wh, covered_s)
SELECT meter_id, (start_utc AT TIME ZONE %(zone)s)::date AS day,
       sum(register_wh ORDER BY start_utc), sum(power_wh ORDER BY start_utc),
       sum(estimated_wh ORDER BY start_utc), sum(covered_s ORDER BY start_utc)
FROM half_hours
WHERE meter_id = %(meter_id)s
  AND (start_utc AT TIME ZONE %(zone)s)::date IN (
      (%(start_utc)s AT TIME ZONE %(zone)s)::date, (%(end_utc)s AT TIME ZONE %(zone)s)::date)
GROUP BY meter_id, day
ON CONFLICT (meter_id, day) DO NOTHING;

-- delete_marks --
-- Forget marks that lie in a removed stretch.
DELETE FROM dirty_spans
WHERE meter_id = %(meter_id)s AND start_utc >= %(start_utc)s AND end_utc <= %(end_utc)s;

-- delete_refused --
-- Remove what was refused of a meter while it measured a household.
DELETE FROM quarantine
WHERE meter_id = %(meter_id)s AND received_utc >= %(start_utc)s AND received_utc < %(end_utc)s;

-- forget_power --
-- Forget the last power a meter told while it measured a household.
UPDATE meter_signs SET power_w = NULL, power_utc = NULL
WHERE meter_id = %(meter_id)s AND power_utc > %(start_utc)s AND power_utc <= %(end_utc)s;

-- seal --
-- Say that the readings of a stretch are gone, so that its rollups are never computed again.
INSERT INTO sealed_spans AS s (meter_id, start_utc, end_utc)
VALUES (%(meter_id)s, %(start_utc)s, %(end_utc)s)
ON CONFLICT (meter_id, start_utc) DO UPDATE SET end_utc = greatest(s.end_utc, excluded.end_utc);

-- delete_contracts --
-- Remove a household's contracts, withdrawn ones too.
DELETE FROM contracts WHERE occupancy_id = %(occupancy_id)s;

-- delete_typed --
-- Remove the indices a household typed.
DELETE FROM typed_indices WHERE occupancy_id = %(occupancy_id)s;

-- delete_budget --
-- Remove what a household wanted to spend.
DELETE FROM budgets WHERE occupancy_id = %(occupancy_id)s;

-- delete_alert_choices --
-- Remove what a household wanted to be told of.
DELETE FROM alert_choices WHERE occupancy_id = %(occupancy_id)s;

-- delete_alerts --
-- Remove what a household was told of.
DELETE FROM alerts WHERE occupancy_id = %(occupancy_id)s;

-- delete_profile --
-- Remove what a household said of its home.
DELETE FROM home_profiles WHERE occupancy_id = %(occupancy_id)s;

-- delete_places --
-- Remove where a household stood among others.
DELETE FROM similar_places WHERE occupancy_id = %(occupancy_id)s;

-- delete_links --
-- Remove every way in that a household and its guests had.
DELETE FROM access_links
WHERE audience IN ('household', 'guest') AND subject_id = %(occupancy_id)s;

-- delete_pin --
-- Forget a household's PIN.
DELETE FROM pins WHERE occupancy_id = %(occupancy_id)s;

-- end_listening --
-- Let a household's home automation listen no more; the broker's keeper takes back what was told.
UPDATE announcements SET ended_utc = coalesce(ended_utc, %(now_utc)s), told_wh = 0
WHERE occupancy_id = %(occupancy_id)s;

-- person_of --
-- What ties a household to its consents, while nobody else changes it.
SELECT person FROM occupancies WHERE occupancy_id = %(occupancy_id)s FOR UPDATE;

-- enter_erasure --
-- Put a household on the list of those that were erased.
INSERT INTO erasures (person, erased_utc) VALUES (%(person)s, %(now_utc)s) ON CONFLICT DO NOTHING;

-- cut_person --
-- Cut what tied an occupancy to its household.
UPDATE occupancies
SET person = gen_random_uuid(), erased_utc = %(now_utc)s,
    keep_raw_days = NULL, keep_half_hours_days = NULL, keep_days_days = NULL
WHERE occupancy_id = %(occupancy_id)s;

-- occupancy_of_person --
-- The occupancy of a household on the list, if the database knows it still.
SELECT occupancy_id FROM occupancies WHERE person = %s;

-- erased_occupancies --
-- The occupancies of households that were erased.
SELECT occupancy_id FROM occupancies WHERE erased_utc IS NOT NULL ORDER BY occupancy_id;

-- lock_rollups_for_good --
-- Let no refresher work until this transaction ends.
SELECT pg_advisory_xact_lock(6357219002);

-- seal_before --
-- Say of every meter but those of recordings that its readings before an instant are gone.
INSERT INTO sealed_spans AS s (meter_id, start_utc, end_utc)
SELECT meter_id, 'epoch', %(end_utc)s FROM meters WHERE backlog_days IS NOT NULL
ON CONFLICT (meter_id, start_utc) DO UPDATE SET end_utc = greatest(s.end_utc, excluded.end_utc);

-- retain_readings --
-- Remove readings that are older than they are kept, but for recordings.
DELETE FROM readings r USING meters m
WHERE m.meter_id = r.meter_id AND m.backlog_days IS NOT NULL AND r.end_utc <= %(end_utc)s;

-- retain_half_hours --
-- Remove half-hours that are older than they are kept, but for recordings.
DELETE FROM half_hours h USING meters m
WHERE m.meter_id = h.meter_id AND m.backlog_days IS NOT NULL AND h.start_utc < %(end_utc)s;

-- retain_days --
-- Remove days that are older than they are kept, but for recordings.
DELETE FROM days d USING meters m
WHERE m.meter_id = d.meter_id AND m.backlog_days IS NOT NULL AND d.day < %(day)s;

-- retain_refused --
-- Remove refused messages that are older than readings are kept.
DELETE FROM quarantine WHERE received_utc < %(end_utc)s;

-- retain_sessions --
-- Remove sessions that have ended.
DELETE FROM sessions WHERE expires_utc <= %(now_utc)s OR revoked_utc <= %(now_utc)s;

-- retain_tries --
-- Remove tries to get in that count no more.
DELETE FROM tries WHERE at_utc < %(now_utc)s::timestamptz - interval '1 day';

-- retain_visits --
-- Remove notes of who looked that are older than a year.
DELETE FROM audit_log WHERE at_utc < %(now_utc)s::timestamptz - interval '1 year';

-- shorter_keeping --
-- Households that asked for shorter keeping, with each stretch one meter measured them.
SELECT i.meter_id, greatest(i.start_utc, o.start_utc),
       nullif(least(coalesce(i.end_utc, 'infinity'), coalesce(o.end_utc, 'infinity')), 'infinity'),
       o.keep_raw_days, o.keep_half_hours_days, o.keep_days_days
FROM occupancies o JOIN installations i USING (dwelling_id) JOIN meters m USING (meter_id)
WHERE num_nonnulls(o.keep_raw_days, o.keep_half_hours_days, o.keep_days_days) > 0
  AND m.backlog_days IS NOT NULL
  AND tstzrange(i.start_utc, i.end_utc) && tstzrange(o.start_utc, o.end_utc);

-- keep_shorter --
-- Note how long a household wants its data kept.
UPDATE occupancies SET keep_raw_days = %(raw_days)s, keep_half_hours_days = %(half_hours_days)s,
    keep_days_days = %(days_days)s
WHERE occupancy_id = %(occupancy_id)s;

-- has_timescale --
-- Whether readings lie in chunks.
SELECT EXISTS (SELECT FROM pg_extension WHERE extname = 'timescaledb');

-- whole_chunks --
-- Chunks of readings that lie wholly before an instant and hold no recordings.
SELECT c.range_start, c.range_end FROM timescaledb_information.chunks c
WHERE c.hypertable_name = 'readings' AND c.range_end <= %(end_utc)s
  AND NOT EXISTS (
      SELECT FROM meters m JOIN readings r USING (meter_id)
      WHERE m.backlog_days IS NULL AND r.end_utc >= c.range_start AND r.end_utc < c.range_end)
ORDER BY c.range_start;

-- drop_chunk --
-- Drop the chunk of a stretch.
SELECT drop_chunks('readings', older_than => %(end_utc)s::timestamptz,
                   newer_than => %(start_utc)s::timestamptz);

-- rewrite --
-- Write the tables of personal data anew, so that nothing removed is left in their files.
VACUUM (FULL, ANALYZE) readings, half_hours, days, contracts, typed_indices, access_links, meter_signs,
    quarantine, dirty_spans, occupancies, sealed_spans, announcements, pins, budgets,
    alert_choices, alerts, home_profiles, similar_places;

-- rewrite_statistics --
-- Write anew what the planner remembers of columns.
VACUUM FULL pg_statistic;

-- switch_log --
-- Begin a new file of the write-ahead log.
SELECT pg_switch_wal();

-- checkpoint --
-- Bring everything into the tables' files, so that old log files can go.
CHECKPOINT;
