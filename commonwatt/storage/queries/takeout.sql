-- as_of_now --
-- Let everything in this transaction be read as of one instant.
SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY;

-- meters --
-- Which meters measured a household, and when.
SELECT m.serial, m.variant, greatest(i.start_utc, o.start_utc) AS from_utc,
       nullif(least(coalesce(i.end_utc, 'infinity'), coalesce(o.end_utc, 'infinity')), 'infinity') AS until_utc
FROM occupancies o JOIN installations i USING (dwelling_id) JOIN meters m USING (meter_id)
WHERE o.occupancy_id = %(occupancy_id)s
  AND tstzrange(i.start_utc, i.end_utc) && tstzrange(o.start_utc, o.end_utc)
ORDER BY from_utc;

-- readings --
-- What meters said of a household.
SELECT m.serial, r.end_utc, r.log, r.n, r.boot, r.duration_s, r.flags, r.register_wh, r.power_w, r.apparent_va
FROM occupancies o JOIN installations i USING (dwelling_id) JOIN meters m USING (meter_id)
JOIN readings r ON r.meter_id = m.meter_id
    AND r.end_utc > greatest(i.start_utc, o.start_utc)
    AND r.end_utc <= least(coalesce(i.end_utc, 'infinity'), coalesce(o.end_utc, 'infinity'))
WHERE o.occupancy_id = %(occupancy_id)s
ORDER BY r.end_utc, r.log, r.n;

-- half_hours --
-- A household's half-hours.
SELECT m.serial, h.start_utc, h.register_wh, h.power_wh, h.estimated_wh, h.covered_s
FROM occupancies o JOIN installations i USING (dwelling_id) JOIN meters m USING (meter_id)
JOIN half_hours h ON h.meter_id = m.meter_id
    AND h.start_utc >= greatest(i.start_utc, o.start_utc)
    AND h.start_utc < least(coalesce(i.end_utc, 'infinity'), coalesce(o.end_utc, 'infinity'))
WHERE o.occupancy_id = %(occupancy_id)s
ORDER BY h.start_utc;

-- days --
-- A household's whole local days; those of a move stand in the half-hours alone.
SELECT m.serial, d.day AS day_local, d.register_wh, d.power_wh, d.estimated_wh, d.covered_s
FROM occupancies o JOIN installations i USING (dwelling_id) JOIN meters m USING (meter_id)
JOIN days d ON d.meter_id = m.meter_id
    AND d.day::timestamp AT TIME ZONE 'Europe/Paris' >= greatest(i.start_utc, o.start_utc)
    AND (d.day + 1)::timestamp AT TIME ZONE 'Europe/Paris'
        <= least(coalesce(i.end_utc, 'infinity'), coalesce(o.end_utc, 'infinity'))
WHERE o.occupancy_id = %(occupancy_id)s
ORDER BY d.day;

-- contracts --
-- A household's contracts, corrected ones too.
SELECT valid_from AS valid_from_local, valid_to AS valid_to_local, offer, option, subscribed_kva,
       off_peak::text AS off_peak, entered_utc, withdrawn_utc
FROM contracts WHERE occupancy_id = %(occupancy_id)s ORDER BY valid_from, entered_utc;

-- consents --
-- What a household agreed to.
SELECT purpose, recipient, granularity, given_utc, withdrawn_utc, text_version,
       encode(text_sha256, 'hex') AS text_sha256
FROM consents WHERE occupancy_id = %(occupancy_id)s ORDER BY given_utc, purpose;

-- indices --
-- What a household read off its supplier's meter.
SELECT at_utc, index_wh, entered_utc FROM typed_indices
WHERE occupancy_id = %(occupancy_id)s ORDER BY at_utc;

-- budgets --
-- What a household wants to spend in a month.
SELECT month_eur, set_utc FROM budgets WHERE occupancy_id = %(occupancy_id)s;

-- alert_choices --
-- Above what a household wants to be told.
SELECT kind, above, chosen_utc FROM alert_choices
WHERE occupancy_id = %(occupancy_id)s ORDER BY kind;

-- alerts --
-- What a household was told of.
SELECT kind, day, found, above, raised_utc, seen_utc FROM alerts
WHERE occupancy_id = %(occupancy_id)s ORDER BY raised_utc, kind;

-- home_profile --
-- What a household said of its home.
SELECT heating, hot_water, surface_m2, people, told_utc FROM home_profiles
WHERE occupancy_id = %(occupancy_id)s;

-- similar_places --
-- Where a household stood among homes like its own.
SELECT month, own_kwh, median_kwh, best_kwh, percentile, homes FROM similar_places
WHERE occupancy_id = %(occupancy_id)s ORDER BY month;

-- access_log --
-- Who looked at what of a household, and when.
SELECT at_utc, viewer, what FROM audit_log
WHERE occupancy_id = %(occupancy_id)s ORDER BY at_utc, audit_id;
