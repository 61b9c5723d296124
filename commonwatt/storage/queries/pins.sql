-- set_pin --
-- Give a household a PIN, or another one.
INSERT INTO pins (occupancy_id, pin_hash, set_utc) VALUES (%(occupancy_id)s, %(pin_hash)s, %(now_utc)s)
ON CONFLICT (occupancy_id) DO UPDATE SET pin_hash = excluded.pin_hash, set_utc = excluded.set_utc;

-- drop_pin --
-- Ask a household for no PIN any more.
DELETE FROM pins WHERE occupancy_id = %s;

-- pin_hash --
-- What is kept of a household's PIN.
SELECT pin_hash FROM pins WHERE occupancy_id = %s;
