-- What belongs to who looks is looked up once a request and kept in settings beside the viewer; a policy
-- that asked a function for it made every query of a page pay for the look-up.

CREATE FUNCTION app_known(what text) RETURNS SETOF integer
LANGUAGE sql STABLE AS $$
    SELECT unnest(coalesce(nullif(current_setting('app.' || what, true), ''), '{}')::integer[])
$$;

CREATE FUNCTION app_known_stays() RETURNS int8multirange
LANGUAGE sql STABLE AS $$
    SELECT coalesce(nullif(current_setting('app.stays', true), ''), '{}')::int8multirange
$$;

ALTER POLICY web ON buildings USING (building_id IN (SELECT app_known('buildings')));
ALTER POLICY web ON dwellings USING (dwelling_id IN (SELECT app_known('dwellings')));
ALTER POLICY web ON occupancies USING (occupancy_id IN (SELECT app_known('occupancies')));
ALTER POLICY web ON meters
    USING (meter_id IN (SELECT app_known('meters')) OR (SELECT app_subject('operator')) IS NOT NULL);
ALTER POLICY web ON installations
    USING (dwelling_id IN (SELECT app_known('dwellings')) AND meter_id IN (SELECT app_known('meters')));
ALTER POLICY web ON boots USING (meter_id IN (SELECT app_known('meters')));
ALTER POLICY web ON readings
    USING (meter_id = (SELECT app_subject('maker'))
           OR app_key(meter_id, end_utc) <@ (SELECT app_known_stays()));
ALTER POLICY web ON meter_signs
    USING (meter_id = (SELECT app_subject('maker'))
           OR app_key(meter_id, coalesce(power_utc, last_seen_utc)) <@ (SELECT app_known_stays())
           OR meter_id IN (SELECT app_known('meters'))
              AND (SELECT app_subject('landlord', 'staff')) IS NOT NULL);
ALTER POLICY web ON half_hours
    USING (int8range(app_key(meter_id, start_utc), app_key(meter_id, start_utc + interval '30 minutes'))
           <@ (SELECT app_known_stays()));
ALTER POLICY web ON days
    USING (int8range(app_key(meter_id, day::timestamp AT TIME ZONE 'Europe/Paris'),
                     app_key(meter_id, (day + 1)::timestamp AT TIME ZONE 'Europe/Paris'))
           <@ (SELECT app_known_stays()));
ALTER POLICY web ON building_stations USING (building_id IN (SELECT app_known('buildings')));
