-- add_meter --
-- Register a meter.
INSERT INTO meters (serial, variant, state, p_max_w, backlog_days)
VALUES (%(serial)s, %(variant)s, %(state)s, %(p_max_w)s, %(backlog_days)s)
RETURNING meter_id;

-- meter_by_serial --
-- The meter that bears a serial.
SELECT meter_id, serial, variant, state, p_max_w, backlog_days FROM meters WHERE serial = %s;

-- meter_by_id --
-- The meter of an id.
SELECT meter_id, serial, variant, state, p_max_w, backlog_days FROM meters WHERE meter_id = %s;

-- install --
-- Hang a meter in a dwelling.
INSERT INTO installations (meter_id, dwelling_id, start_utc, end_utc)
VALUES (%(meter_id)s, %(dwelling_id)s, %(start_utc)s, %(end_utc)s);

-- sign_of --
-- The last sign of life of a meter.
SELECT last_seen_utc, online, power_w, power_utc FROM meter_signs WHERE meter_id = %s;

-- cadence --
-- The duration of a meter's last readings.
SELECT percentile_disc(0.5) WITHIN GROUP (ORDER BY duration_s) FROM (
    SELECT duration_s FROM readings WHERE meter_id = %(meter_id)s ORDER BY end_utc DESC LIMIT 30
) AS last;
