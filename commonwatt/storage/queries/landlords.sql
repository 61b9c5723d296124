-- buildings_of --
-- The buildings of a landlord, or the one building of a landlord's link.
SELECT building_id, name FROM buildings
WHERE landlord_id = %(landlord_id)s OR building_id = %(building_id)s
ORDER BY name;
