-- known_logs --
-- Of these logs, those that have begun, with the last number each has reached; of a meter without a log,
-- with the last second.
SELECT k.meter_id, k.log, coalesce(newest.place, -1)
FROM unnest(%(meter_ids)s::integer[], %(logs)s::bigint[]) AS k (meter_id, log)
JOIN meter_logs USING (meter_id, log)
LEFT JOIN LATERAL (
    SELECT CASE WHEN r.log = -1 THEN extract(epoch FROM r.end_utc)::bigint ELSE r.n END AS place
    FROM readings r
    WHERE r.meter_id = k.meter_id AND r.log = k.log
    ORDER BY r.end_utc DESC
    LIMIT 1) newest ON true;

-- begin_logs --
-- Note logs that begin.
INSERT INTO meter_logs (meter_id, log)
SELECT * FROM unnest(%(meter_ids)s::integer[], %(logs)s::bigint[])
ON CONFLICT DO NOTHING;

-- last_seen --
-- When any meter was last heard.
SELECT max(last_seen_utc) FROM meter_signs;
