-- stored_records --
-- Every row of a meter as it stands, doubles and all.
SELECT log, n, extract(epoch FROM end_utc)::bigint, duration_s, register_wh
FROM readings WHERE meter_id = %(meter_id)s;

-- refusals --
-- How often each reason put something of a meter aside.
SELECT code, count(*) FROM quarantine WHERE meter_id = %(meter_id)s GROUP BY code;

-- half_hours_of_meter --
-- What rollups say of a meter, in order.
SELECT start_utc, register_wh, power_wh, estimated_wh, covered_s
FROM half_hours WHERE meter_id = %(meter_id)s ORDER BY start_utc;

-- newest_number --
-- The highest number of any record.
SELECT coalesce(max(n), 0) FROM readings;

-- count_rows --
-- How many readings there are.
SELECT count(*) FROM readings;
