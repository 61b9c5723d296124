-- find_dwelling --
-- The dwelling that was handed letters.
SELECT dwelling_id FROM dwelling_letters WHERE letters_hash = %s;

-- dwellings_of --
-- The dwellings of a building, in order.
SELECT d.dwelling_id, b.name, d.stairwell, d.label
FROM dwellings d JOIN buildings b USING (building_id)
WHERE b.name = %s ORDER BY d.stairwell, d.label;

-- hand_letters --
-- Hand a dwelling new letters.
INSERT INTO dwelling_letters (dwelling_id, letters_hash, made_utc)
VALUES (%(dwelling_id)s, %(letters_hash)s, %(now_utc)s)
ON CONFLICT (dwelling_id) DO UPDATE SET letters_hash = excluded.letters_hash, made_utc = excluded.made_utc;
