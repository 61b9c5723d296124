-- lock_rollups --
-- One refresher at a time; a second one finds nothing to do.
SELECT pg_try_advisory_xact_lock(6357219002);

-- take_dirty --
-- Take the oldest marks, a bounded number of them.
DELETE FROM dirty_spans
WHERE dirty_id IN (SELECT dirty_id FROM dirty_spans ORDER BY dirty_id LIMIT %(limit)s)
RETURNING meter_id, extract(epoch FROM start_utc)::double precision,
          extract(epoch FROM end_utc)::double precision;

-- count_dirty --
-- How many marks wait; one that is being taken waits until that is committed.
SELECT count(*) FROM dirty_spans WHERE dirty_id <= coalesce(%(up_to)s::bigint, dirty_id);

-- newest_mark --
-- The newest mark that waits.
SELECT coalesce(max(dirty_id), 0) FROM dirty_spans;

-- clear_half_hours --
-- Forget what was computed for a stretch.
DELETE FROM half_hours
WHERE meter_id = %(meter_id)s AND start_utc >= %(start_utc)s AND start_utc < %(end_utc)s;

-- copy_half_hours --
-- Write what was computed anew.
COPY half_hours (meter_id, start_utc, register_wh, power_wh, estimated_wh, covered_s) FROM STDIN;

-- clear_days --
-- Forget the days of a stretch.
DELETE FROM days
WHERE meter_id = %(meter_id)s AND day >= %(first_day)s AND day <= %(last_day)s;

-- sum_days --
-- Days are the sums of their half-hours, always added up in the same order.
INSERT INTO days (meter_id, day, register_wh, power_wh, estimated_wh, covered_s)
SELECT meter_id, (start_utc AT TIME ZONE %(zone)s)::date AS day,
       sum(register_wh ORDER BY start_utc), sum(power_wh ORDER BY start_utc),
       sum(estimated_wh ORDER BY start_utc), sum(covered_s ORDER BY start_utc)
FROM half_hours
WHERE meter_id = %(meter_id)s
  AND start_utc >= (%(first_day)s::date)::timestamp AT TIME ZONE %(zone)s
  AND start_utc < (%(last_day)s::date + 1)::timestamp AT TIME ZONE %(zone)s
GROUP BY meter_id, day;

-- half_hours_between --
-- One meter's half-hours of a stretch.
SELECT extract(epoch FROM start_utc)::double precision, register_wh, power_wh, estimated_wh, covered_s
FROM half_hours
WHERE meter_id = %(meter_id)s AND start_utc >= %(start_utc)s AND start_utc < %(end_utc)s
ORDER BY start_utc;

-- days_between --
-- One meter's local days, the last one included.
SELECT extract(epoch FROM day::timestamp AT TIME ZONE %(zone)s)::double precision,
       register_wh, power_wh, estimated_wh, covered_s
FROM days
WHERE meter_id = %(meter_id)s AND day >= %(first_day)s AND day <= %(last_day)s
ORDER BY day;

-- readings_extent --
-- The first and the last instant a meter's readings speak of.
SELECT extract(epoch FROM min(end_utc))::double precision - 3600,
       extract(epoch FROM max(end_utc))::double precision
FROM readings WHERE meter_id = %(meter_id)s;

-- sealed_between --
-- Stretches of a meter within which rollups are never computed again.
SELECT extract(epoch FROM start_utc)::double precision, extract(epoch FROM end_utc)::double precision
FROM sealed_spans
WHERE meter_id = %(meter_id)s AND start_utc < %(end_utc)s AND end_utc > %(start_utc)s
ORDER BY start_utc;
