-- add_occupancy --
-- A household moves in.
INSERT INTO occupancies (dwelling_id, start_utc, end_utc)
VALUES (%(dwelling_id)s, %(start_utc)s, %(end_utc)s)
RETURNING occupancy_id;

-- end_occupancy --
-- A household moves out.
UPDATE occupancies SET end_utc = %(end_utc)s WHERE occupancy_id = %(occupancy_id)s;

-- leave --
-- A household moves out, earlier than was known.
UPDATE occupancies SET end_utc = %(end_utc)s
WHERE occupancy_id = %(occupancy_id)s AND start_utc < %(end_utc)s
  AND coalesce(end_utc, 'infinity') > %(end_utc)s;

-- household --
-- Where a household lives and since when.
SELECT o.occupancy_id, d.label, d.stairwell, b.name, o.start_utc, o.end_utc
FROM occupancies o JOIN dwellings d USING (dwelling_id) JOIN buildings b USING (building_id)
WHERE o.occupancy_id = %s;

-- building_of --
-- The building a household lives in.
SELECT d.building_id FROM occupancies o JOIN dwellings d USING (dwelling_id)
WHERE o.occupancy_id = %s;

-- stays --
-- Which meter measured a household when: its installations cut to the occupancy.
SELECT i.meter_id,
       greatest(i.start_utc, o.start_utc),
       least(coalesce(i.end_utc, 'infinity'), coalesce(o.end_utc, 'infinity'), %(end_utc)s)
FROM occupancies o JOIN installations i USING (dwelling_id)
WHERE o.occupancy_id = %(occupancy_id)s
  AND greatest(i.start_utc, o.start_utc, %(start_utc)s)
    < least(coalesce(i.end_utc, 'infinity'), coalesce(o.end_utc, 'infinity'), %(end_utc)s)
ORDER BY i.start_utc;

-- latest_power --
-- The newest power told by a meter that measures the household now.
SELECT s.power_w, s.power_utc
FROM occupancies o JOIN installations i USING (dwelling_id) JOIN meter_signs s USING (meter_id)
WHERE o.occupancy_id = %(occupancy_id)s AND s.power_w IS NOT NULL
  AND s.power_utc >= greatest(i.start_utc, o.start_utc)
  AND s.power_utc < least(coalesce(i.end_utc, 'infinity'), coalesce(o.end_utc, 'infinity'))
ORDER BY s.power_utc DESC
LIMIT 1;

-- occupancy_at --
-- The household that a meter measures at an instant.
SELECT o.occupancy_id
FROM installations i JOIN occupancies o USING (dwelling_id)
WHERE i.meter_id = %(meter_id)s
  AND %(at_utc)s >= greatest(i.start_utc, o.start_utc)
  AND %(at_utc)s < least(coalesce(i.end_utc, 'infinity'), coalesce(o.end_utc, 'infinity'));
