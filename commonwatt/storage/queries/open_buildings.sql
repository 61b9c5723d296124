-- open_building --
-- Let everybody read a building's told months; its address stays from one time to the next.
INSERT INTO open_buildings (building_id, slug, name, opened_utc)
VALUES (%(building_id)s, %(slug)s, %(name)s, %(now_utc)s)
ON CONFLICT (building_id) DO UPDATE SET opened_utc = excluded.opened_utc, closed_utc = NULL
WHERE open_buildings.closed_utc IS NOT NULL;

-- close_building --
-- Let nobody but its landlord read a building's told months any longer.
UPDATE open_buildings SET closed_utc = %(now_utc)s
WHERE building_id = %(building_id)s AND closed_utc IS NULL;

-- opening_of --
-- Where and since when a building is open, if it is.
SELECT building_id, slug, name, opened_utc FROM open_buildings
WHERE building_id = %s AND closed_utc IS NULL;

-- open_building_at --
-- The open building of an address.
SELECT building_id, slug, name, opened_utc FROM open_buildings
WHERE slug = %s AND closed_utc IS NULL;

-- open_months --
-- The told months of an open building.
SELECT month, homes, energy_wh, coverage
FROM released_months JOIN open_buildings USING (building_id)
WHERE slug = %s AND closed_utc IS NULL ORDER BY month;

-- building_name --
-- A building's name.
SELECT name FROM buildings WHERE building_id = %s;
