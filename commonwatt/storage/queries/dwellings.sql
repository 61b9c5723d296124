-- lock_dwellings --
-- One list at a time.
LOCK TABLE dwellings IN SHARE ROW EXCLUSIVE MODE;

-- known_dwellings --
-- Every dwelling by its names.
SELECT b.name, d.stairwell, d.label FROM dwellings d JOIN buildings b USING (building_id);

-- add_buildings --
-- Register the buildings that are new.
INSERT INTO buildings (name) SELECT DISTINCT unnest(%(buildings)s::text[]) ON CONFLICT DO NOTHING;

-- add_dwellings --
-- Register dwellings in buildings that are there.
INSERT INTO dwellings (building_id, stairwell, label)
SELECT b.building_id, listed.stairwell, listed.label
FROM unnest(%(buildings)s::text[], %(stairwells)s::text[], %(labels)s::text[])
    AS listed (name, stairwell, label)
JOIN buildings b USING (name);
