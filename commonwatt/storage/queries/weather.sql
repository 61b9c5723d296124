-- put_station --
-- Register a station, or take over what a newer file says of its place.
INSERT INTO weather_stations (key, name, latitude, longitude, altitude_m)
VALUES (%(key)s, %(name)s, %(latitude)s, %(longitude)s, %(altitude_m)s)
ON CONFLICT (key) DO UPDATE SET
    name = excluded.name,
    latitude = coalesce(excluded.latitude, weather_stations.latitude),
    longitude = coalesce(excluded.longitude, weather_stations.longitude),
    altitude_m = coalesce(excluded.altitude_m, weather_stations.altitude_m)
RETURNING station_id;

-- drop_days --
-- Forget a station's days of one kind between two days, both included.
DELETE FROM weather_days
WHERE station_id = %(station_id)s AND kind = %(kind)s AND day BETWEEN %(first)s AND %(last)s;

-- add_days --
-- Add days of one station and kind, given as arrays.
INSERT INTO weather_days (station_id, kind, day, mean_c, low_c, high_c, coverage)
SELECT %(station_id)s, %(kind)s, date '1970-01-01' + each.day, nullif(each.mean_c, 'NaN'),
       nullif(each.low_c, 'NaN'), nullif(each.high_c, 'NaN'), nullif(each.coverage, 'NaN')
FROM unnest(%(day)s::integer[], %(mean_c)s::double precision[], %(low_c)s::double precision[],
            %(high_c)s::double precision[], %(coverage)s::double precision[])
    AS each (day, mean_c, low_c, high_c, coverage);

-- choose_station --
-- Let a station stand for a building, in place of the one before.
INSERT INTO building_stations (building_id, station_id)
SELECT %(building_id)s, station_id FROM weather_stations WHERE key = %(key)s
ON CONFLICT (building_id) DO UPDATE SET station_id = excluded.station_id
RETURNING station_id;

-- stations --
-- Every station, with its first and last day and how many days of each kind it has.
SELECT s.key, s.name, s.latitude, s.longitude, s.altitude_m, min(d.day), max(d.day),
       count(*) FILTER (WHERE d.kind = 'local_day'), count(*) FILTER (WHERE d.kind = 'utc_day')
FROM weather_stations s LEFT JOIN weather_days d USING (station_id)
GROUP BY s.station_id
ORDER BY s.key;

-- station_of --
-- The station that stands for a building.
SELECT s.key, s.name, s.latitude, s.longitude, s.altitude_m
FROM building_stations b JOIN weather_stations s USING (station_id)
WHERE b.building_id = %s;

-- building_days --
-- The days of a building's station between two days, both included: of each day the local one if
-- its mean is known, else the UTC one if its mean is, else any.
SELECT DISTINCT ON (d.day) d.day - date '1970-01-01', d.mean_c, d.low_c, d.high_c,
       d.kind = 'local_day'
FROM building_stations b JOIN weather_days d USING (station_id)
WHERE b.building_id = %(building_id)s AND d.day BETWEEN %(first)s AND %(last)s
ORDER BY d.day, d.mean_c IS NULL, d.kind = 'local_day' DESC;
