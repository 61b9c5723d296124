-- add_building --
-- Register a building.
INSERT INTO buildings (name) VALUES (%s) RETURNING building_id;

-- add_dwelling --
-- Register a dwelling.
INSERT INTO dwellings (building_id, stairwell, label)
VALUES (%s, %s, %s)
RETURNING dwelling_id;

-- building --
-- A building's name, dwellings, homes that agree now, and meters heard within a day.
SELECT b.name,
       (SELECT count(*) FROM dwellings d WHERE d.building_id = b.building_id),
       (SELECT count(DISTINCT o.occupancy_id)
        FROM dwellings d JOIN occupancies o USING (dwelling_id) JOIN consents c USING (occupancy_id)
        WHERE d.building_id = b.building_id AND c.purpose = %(purpose)s AND c.withdrawn_utc IS NULL
          AND o.start_utc <= %(now_utc)s AND (o.end_utc IS NULL OR o.end_utc > %(now_utc)s)),
       (SELECT count(*)
        FROM dwellings d JOIN installations i USING (dwelling_id) JOIN meter_signs s USING (meter_id)
        WHERE d.building_id = b.building_id
          AND i.start_utc <= %(now_utc)s AND (i.end_utc IS NULL OR i.end_utc > %(now_utc)s)
          AND s.last_seen_utc > %(now_utc)s - interval '1 day')
FROM buildings b WHERE b.building_id = %(building_id)s;

-- home_months --
-- Each consenting home's energy in a local month; a home counts if it lived there,
-- was measured and agreed from the month's first day to its last, and still agrees.
SELECT o.occupancy_id,
       coalesce(sum(e.register_wh + e.power_wh + e.estimated_wh), 0),
       coalesce(sum(e.covered_s), 0)
FROM dwellings d
JOIN occupancies o USING (dwelling_id)
JOIN consents c USING (occupancy_id)
JOIN installations i USING (dwelling_id)
LEFT JOIN days e ON e.meter_id = i.meter_id
    AND e.day >= %(month)s AND e.day < %(next_month)s
WHERE d.building_id = %(building_id)s
  AND c.purpose = %(purpose)s AND c.withdrawn_utc IS NULL AND c.given_utc <= %(start_utc)s
  AND o.start_utc <= %(start_utc)s AND (o.end_utc IS NULL OR o.end_utc >= %(end_utc)s)
  AND i.start_utc <= %(start_utc)s AND (i.end_utc IS NULL OR i.end_utc >= %(end_utc)s)
GROUP BY o.occupancy_id
ORDER BY o.occupancy_id;

-- first_day --
-- The first local day of which anything is known in a building.
SELECT min(e.day)
FROM dwellings d JOIN installations i USING (dwelling_id) JOIN days e USING (meter_id)
WHERE d.building_id = %s;

-- released --
-- The months a landlord has been shown.
SELECT month, homes, energy_wh, coverage
FROM released_months WHERE building_id = %s ORDER BY month;

-- release --
-- Release a month once; a second release changes nothing.
INSERT INTO released_months (building_id, month, homes, energy_wh, coverage, released_utc)
VALUES (%(building_id)s, %(month)s, %(homes)s, %(energy_wh)s, %(coverage)s, %(now_utc)s)
ON CONFLICT DO NOTHING;

-- building_by_name --
-- The building of a name.
SELECT building_id FROM buildings WHERE name = %s;
