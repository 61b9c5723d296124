-- add_building --
-- Register a building.
INSERT INTO buildings (name) VALUES (%s) RETURNING building_id;

-- add_dwelling --
-- Register a dwelling.
INSERT INTO dwellings (building_id, stairwell, label)
VALUES (%s, %s, %s)
RETURNING dwelling_id;

-- only_dwelling --
-- The one dwelling of a home that stands for itself.
SELECT dwelling_id FROM dwellings WHERE building_id = %s ORDER BY dwelling_id LIMIT 1;

-- building --
-- A building's name, dwellings, homes that agree now, meters heard within a day, and all meters.
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
          AND s.last_seen_utc > %(now_utc)s - interval '1 day'),
       (SELECT count(*)
        FROM dwellings d JOIN installations i USING (dwelling_id)
        WHERE d.building_id = b.building_id
          AND i.start_utc <= %(now_utc)s AND (i.end_utc IS NULL OR i.end_utc > %(now_utc)s))
FROM buildings b WHERE b.building_id = %(building_id)s;

-- first_day --
-- The local day on which the first meter of a building was hung up.
SELECT (min(i.start_utc) AT TIME ZONE %(zone)s)::date
FROM dwellings d JOIN installations i USING (dwelling_id)
WHERE d.building_id = %(building_id)s;

-- released --
-- The months a landlord has been shown.
SELECT month, homes, energy_wh, coverage
FROM released_months WHERE building_id = %s ORDER BY month;

-- withheld --
-- The months a landlord is not shown, and why.
SELECT month, reason FROM withheld_months WHERE building_id = %s ORDER BY month;

-- building_by_name --
-- The building of a name.
SELECT building_id FROM buildings WHERE name = %s;
