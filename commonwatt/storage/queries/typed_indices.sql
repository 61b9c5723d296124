-- type_index --
-- Keep what somebody read off the supplier's meter; a second reading of the same instant replaces it.
INSERT INTO typed_indices (occupancy_id, at_utc, index_wh, entered_utc)
VALUES (%(occupancy_id)s, %(at_utc)s, %(index_wh)s, %(now_utc)s)
ON CONFLICT (occupancy_id, at_utc) DO UPDATE
SET index_wh = excluded.index_wh, entered_utc = excluded.entered_utc;

-- typed --
-- What a household read off its supplier's meter, in order.
SELECT at_utc, index_wh FROM typed_indices WHERE occupancy_id = %s ORDER BY at_utc;
