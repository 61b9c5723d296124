-- crowd_half_hours --
-- Half-hours of every meter, made up.
INSERT INTO half_hours (meter_id, start_utc, register_wh, power_wh, estimated_wh, covered_s)
SELECT meter_id, at_utc, 60 + 90 * random() + 200 * (extract(hour FROM at_utc) IN (6, 18))::int, 0, 0, 1800
FROM meters, generate_series(%(start_utc)s::timestamptz, %(end_utc)s::timestamptz, '30 minutes') AS at_utc;

-- crowd_days --
-- The days that these half-hours add up to.
INSERT INTO days (meter_id, day, register_wh, power_wh, estimated_wh, covered_s)
SELECT meter_id, (start_utc AT TIME ZONE %(zone)s)::date, sum(register_wh), 0, 0, sum(covered_s)
FROM half_hours GROUP BY 1, 2;

-- crowd_readings --
-- Readings of every meter by the minute, made up.
INSERT INTO readings (meter_id, end_utc, log, n, boot, duration_s, flags, register_wh, power_w)
SELECT meter_id, at_utc, 7, row_number() OVER (PARTITION BY meter_id ORDER BY at_utc), 1, 60, 0,
       4 * row_number() OVER (PARTITION BY meter_id ORDER BY at_utc), 240
FROM meters, generate_series(%(fine_utc)s::timestamptz, %(end_utc)s::timestamptz, '1 minute') AS at_utc;

-- crowd_signs --
-- Every meter is heard at the end.
INSERT INTO meter_signs (meter_id, last_seen_utc, online, power_w, power_utc)
SELECT meter_id, %(end_utc)s, true, 240, %(end_utc)s FROM meters;

-- crowd_statistics --
-- What the planner has to know of so many rows.
ANALYZE;

-- one_read --
-- What one meter used in a stretch, read by the index alone.
SELECT start_utc, register_wh FROM half_hours
WHERE meter_id = %(meter_id)s AND start_utc >= %(start_utc)s AND start_utc < %(end_utc)s
ORDER BY start_utc;

-- table_sizes --
-- Rows and bytes on disk, indexes with them, of what grows with meters and time.
WITH RECURSIVE parts (root, part) AS (
    SELECT c.oid, c.oid FROM pg_class c
    WHERE c.oid IN ('readings'::regclass, 'half_hours'::regclass, 'days'::regclass)
    UNION ALL
    SELECT root, inhrelid FROM parts JOIN pg_inherits ON inhparent = part
)
SELECT root::regclass::text, sum(pg_total_relation_size(part))::bigint,
       CASE root WHEN 'readings'::regclass THEN (SELECT count(*) FROM readings)
                 WHEN 'half_hours'::regclass THEN (SELECT count(*) FROM half_hours)
                 ELSE (SELECT count(*) FROM days) END
FROM parts GROUP BY root ORDER BY 1;
