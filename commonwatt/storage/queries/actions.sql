-- add_action --
-- Note what a landlord does in a building.
INSERT INTO actions (building_id, kind, start_day, end_day, note)
VALUES (%(building_id)s, %(kind)s, %(start_day)s, %(end_day)s, %(note)s);

-- actions --
-- What was done in a building, the latest first.
SELECT kind, start_day, end_day, note
FROM actions WHERE building_id = %s ORDER BY start_day DESC, action_id DESC;
