-- choose --
-- Keep above what a household wants to be told of.
INSERT INTO alert_choices (occupancy_id, kind, above, chosen_utc)
VALUES (%(occupancy_id)s, %(kind)s, %(above)s, %(now_utc)s)
ON CONFLICT (occupancy_id, kind) DO UPDATE SET above = excluded.above, chosen_utc = excluded.chosen_utc;

-- drop_choice --
-- A household wants to be told of this no more.
DELETE FROM alert_choices WHERE occupancy_id = %(occupancy_id)s AND kind = %(kind)s;

-- choices_of --
-- What a household wants to be told of.
SELECT kind, above FROM alert_choices WHERE occupancy_id = %s;

-- watched_homes --
-- The households that want to be told of something, live there now and have not paused, with what they want.
SELECT c.occupancy_id, c.kind, c.above
FROM alert_choices c JOIN occupancies o USING (occupancy_id)
WHERE %(now_utc)s <@ tstzrange(o.start_utc, o.end_utc) AND NOT is_paused(o.occupancy_id)
ORDER BY c.occupancy_id, c.kind;

-- raise_alert --
-- Tell a household of something once.
INSERT INTO alerts (occupancy_id, kind, day, found, above, raised_utc)
VALUES (%(occupancy_id)s, %(kind)s, %(day)s, %(found)s, %(above)s, %(now_utc)s)
ON CONFLICT DO NOTHING;

-- count_raised --
-- How many alerts were told at an instant.
SELECT count(*) FROM alerts WHERE raised_utc = %s;

-- raised --
-- What a household was told of since an instant, the newest first.
SELECT kind, day, found, above, raised_utc, seen_utc FROM alerts
WHERE occupancy_id = %(occupancy_id)s AND raised_utc >= %(since_utc)s
ORDER BY raised_utc DESC, kind;

-- unseen --
-- What a household was told of and has not seen, the newest first.
SELECT kind, day, found, above, raised_utc, seen_utc FROM alerts
WHERE occupancy_id = %s AND seen_utc IS NULL
ORDER BY raised_utc DESC, kind;

-- see --
-- A household has seen what it was told of.
UPDATE alerts SET seen_utc = greatest(%(now_utc)s, raised_utc)
WHERE occupancy_id = %(occupancy_id)s AND seen_utc IS NULL;
