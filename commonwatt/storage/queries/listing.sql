-- next_half_hours --
-- The next half-hours of a household after one.
SELECT h.start_utc, h.register_wh, h.power_wh, h.estimated_wh, h.covered_s
FROM occupancies o JOIN installations i USING (dwelling_id)
JOIN half_hours h ON h.meter_id = i.meter_id
    AND h.start_utc >= greatest(i.start_utc, o.start_utc)
    AND h.start_utc < least(coalesce(i.end_utc, 'infinity'), coalesce(o.end_utc, 'infinity'))
WHERE o.occupancy_id = %(occupancy_id)s
  AND h.start_utc > coalesce(%(after_utc)s::timestamptz, '-infinity')
ORDER BY h.start_utc LIMIT %(limit)s;

-- next_readings --
-- The next readings of a household after one.
SELECT r.end_utc, r.log, r.n, r.duration_s, r.register_wh, r.power_w
FROM occupancies o JOIN installations i USING (dwelling_id)
JOIN readings r ON r.meter_id = i.meter_id
    AND r.end_utc > greatest(i.start_utc, o.start_utc)
    AND r.end_utc <= least(coalesce(i.end_utc, 'infinity'), coalesce(o.end_utc, 'infinity'))
WHERE o.occupancy_id = %(occupancy_id)s
  AND r.end_utc >= coalesce(%(after_utc)s::timestamptz, '-infinity')
  AND (%(after_utc)s::timestamptz IS NULL
       OR (r.end_utc, r.log, r.n) > (%(after_utc)s, %(log)s::bigint, %(n)s::bigint))
ORDER BY r.end_utc, r.log, r.n LIMIT %(limit)s;

-- who_looked --
-- Who looked at what of a household, latest first.
SELECT at_utc, viewer, what FROM audit_log WHERE occupancy_id = %(occupancy_id)s
ORDER BY at_utc DESC, audit_id DESC LIMIT %(limit)s;

-- end_passes --
-- Let a household's guests in no more.
UPDATE access_links SET revoked_utc = %(now_utc)s
WHERE audience = 'guest' AND subject_id = %(occupancy_id)s AND revoked_utc IS NULL;
