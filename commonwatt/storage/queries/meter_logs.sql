-- known_logs --
-- Of these logs, those that have begun: the highest number told in their last day, and their last second.
-- Of a meter without a log, the last second twice.
SELECT k.meter_id, k.log, coalesce(CASE WHEN k.log = -1 THEN newest.end_s ELSE lately.n END, -1),
       coalesce(newest.end_s, -1)
FROM unnest(%(meter_ids)s::integer[], %(logs)s::bigint[]) AS k (meter_id, log)
JOIN meter_logs USING (meter_id, log)
LEFT JOIN LATERAL (
    SELECT r.end_utc, extract(epoch FROM r.end_utc)::bigint AS end_s
    FROM readings r
    WHERE r.meter_id = k.meter_id AND r.log = k.log
    ORDER BY r.end_utc DESC
    LIMIT 1) newest ON true
LEFT JOIN LATERAL (
    SELECT max(r.n) AS n
    FROM readings r
    WHERE r.meter_id = k.meter_id AND r.log = k.log AND k.log <> -1
      AND r.end_utc >= newest.end_utc - interval '1 day') lately ON true;

-- begin_logs --
-- Note logs that begin.
INSERT INTO meter_logs (meter_id, log)
SELECT * FROM unnest(%(meter_ids)s::integer[], %(logs)s::bigint[])
ON CONFLICT DO NOTHING;

-- last_seen --
-- When any meter was last heard.
SELECT max(last_seen_utc) FROM meter_signs;
