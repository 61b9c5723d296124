-- end_installation --
-- Take a meter down where it hangs at an instant.
UPDATE installations SET end_utc = %(at_utc)s
WHERE meter_id = %(meter_id)s AND start_utc < %(at_utc)s AND coalesce(end_utc, 'infinity') > %(at_utc)s
RETURNING dwelling_id;

-- meter_in --
-- The meter that hangs in a dwelling at an instant.
SELECT meter_id FROM installations
WHERE dwelling_id = %(dwelling_id)s AND start_utc <= %(at_utc)s
  AND coalesce(end_utc, 'infinity') > %(at_utc)s;

-- dwelling_of --
-- The dwelling a meter hangs in at an instant.
SELECT dwelling_id FROM installations
WHERE meter_id = %(meter_id)s AND start_utc <= %(at_utc)s
  AND coalesce(end_utc, 'infinity') > %(at_utc)s;

-- correct_occupancy --
-- Say between which instants a household really lived in its dwelling.
UPDATE occupancies SET start_utc = %(start_utc)s, end_utc = %(end_utc)s
WHERE occupancy_id = %(occupancy_id)s AND erased_utc IS NULL;

-- correct_installation --
-- Say between which instants a meter really hung where it began to hang at a given time.
UPDATE installations SET start_utc = %(start_utc)s, end_utc = %(end_utc)s
WHERE meter_id = %(meter_id)s AND start_utc = %(believed_utc)s;
