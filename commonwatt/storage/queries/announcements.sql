-- begin --
-- Let a household listen, under a new name and secret.
INSERT INTO announcements (occupancy_id, listener, broker_hash, since_utc)
VALUES (%(occupancy_id)s, %(listener)s, %(broker_hash)s, %(now_utc)s);

-- end --
-- Let it listen no more.
UPDATE announcements SET ended_utc = %(now_utc)s WHERE occupancy_id = %(occupancy_id)s AND ended_utc IS NULL;

-- ended --
-- Whose retained messages are to be taken back: those that ended, and those whose household left or paused.
SELECT a.listener FROM announcements a JOIN occupancies o USING (occupancy_id)
WHERE a.ended_utc IS NOT NULL OR o.end_utc <= %(now_utc)s OR is_paused(o.occupancy_id);

-- forget --
-- Forget one whose retained messages are gone.
DELETE FROM announcements WHERE listener = %s;

-- hashes --
-- What the broker must know of those who may listen.
SELECT a.listener, a.broker_hash FROM announcements a JOIN occupancies o USING (occupancy_id)
WHERE a.ended_utc IS NULL AND (o.end_utc IS NULL OR o.end_utc > %(now_utc)s)
  AND NOT is_paused(o.occupancy_id);

-- tell --
-- What each may hear: the newest power, and the energy since it began; of a day that began or ended within
-- a stay, the half-hours of that stay alone.
UPDATE announcements a SET told_wh = greatest(a.told_wh, known.energy_wh)
FROM (
    SELECT b.occupancy_id,
           coalesce(sum(stay.energy_wh), 0) AS energy_wh,
           max(stay.power_utc) AS power_utc,
           (array_agg(stay.power_w ORDER BY stay.power_utc DESC NULLS LAST))[1] AS power_w
    FROM announcements b
    JOIN occupancies o USING (occupancy_id)
    CROSS JOIN LATERAL (
        SELECT i.meter_id, greatest(i.start_utc, o.start_utc, b.since_utc) AS first_utc,
               least(coalesce(i.end_utc, 'infinity'), coalesce(o.end_utc, 'infinity')) AS last_utc
        FROM installations i WHERE i.dwelling_id = o.dwelling_id) own
    CROSS JOIN LATERAL (
        SELECT (own.first_utc AT TIME ZONE 'Europe/Paris')::date AS first_day,
               (own.last_utc AT TIME ZONE 'Europe/Paris')::date AS last_day) edge
    CROSS JOIN LATERAL (
        SELECT coalesce((
                   SELECT sum(d.register_wh + d.power_wh + d.estimated_wh) FROM days d
                   WHERE d.meter_id = own.meter_id AND d.day > edge.first_day AND d.day < edge.last_day), 0)
             + coalesce((
                   SELECT sum(h.register_wh + h.power_wh + h.estimated_wh) FROM half_hours h
                   WHERE h.meter_id = own.meter_id
                     AND h.start_utc >= own.first_utc AND h.start_utc < own.last_utc
                     AND (h.start_utc AT TIME ZONE 'Europe/Paris')::date IN (edge.first_day, edge.last_day)), 0)
               AS energy_wh,
               s.power_w, s.power_utc
        FROM (SELECT) one
        LEFT JOIN meter_signs s ON s.meter_id = own.meter_id
            AND s.power_utc >= own.first_utc AND s.power_utc < own.last_utc) stay
    WHERE own.first_utc < own.last_utc AND b.ended_utc IS NULL
      AND (o.end_utc IS NULL OR o.end_utc > %(now_utc)s) AND NOT is_paused(o.occupancy_id)
    GROUP BY b.occupancy_id) known
WHERE a.occupancy_id = known.occupancy_id
RETURNING a.listener, a.told_wh, known.power_w, known.power_utc;
