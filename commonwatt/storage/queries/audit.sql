-- note --
-- Note who looked at or changed what.
INSERT INTO audit_log (at_utc, viewer, what, occupancy_id, meter_id, building_id)
VALUES (%(now_utc)s, %(viewer)s, %(what)s, %(occupancy_id)s, %(meter_id)s, %(building_id)s);

-- note_quarantine --
-- Note for each household that the newest refused messages of its meters were looked at.
INSERT INTO audit_log (at_utc, viewer, what, occupancy_id)
SELECT DISTINCT %(now_utc)s::timestamptz, %(viewer)s, 'quarantine', o.occupancy_id
FROM (SELECT meter_id, received_utc FROM quarantine ORDER BY received_utc DESC LIMIT %(limit)s) q
JOIN installations i ON i.meter_id = q.meter_id AND q.received_utc <@ tstzrange(i.start_utc, i.end_utc)
JOIN occupancies o ON o.dwelling_id = i.dwelling_id AND q.received_utc <@ tstzrange(o.start_utc, o.end_utc);
