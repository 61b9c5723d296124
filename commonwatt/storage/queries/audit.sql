-- note --
-- Note who looked at or changed what.
INSERT INTO audit_log (at_utc, viewer, what, occupancy_id, meter_id, building_id)
VALUES (%(now_utc)s, %(viewer)s, %(what)s, %(occupancy_id)s, %(meter_id)s, %(building_id)s);
