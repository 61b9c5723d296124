-- Daily temperatures of weather stations, and which station stands for which building.

CREATE TABLE weather_stations (
    station_id integer GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    key        text NOT NULL UNIQUE CHECK (char_length(key) BETWEEN 1 AND 40),
    name       text NOT NULL CHECK (char_length(name) BETWEEN 1 AND 80),
    latitude   double precision CHECK (latitude BETWEEN -90 AND 90),
    longitude  double precision CHECK (longitude BETWEEN -180 AND 180),
    altitude_m double precision CHECK (altitude_m BETWEEN -9000 AND 9000)
);

-- kind says over which day the figures were taken; only local days lie beside energy exactly.
-- BETWEEN refuses NaN; coverage is the share of the day's hours, NULL where nobody says.
CREATE TABLE weather_days (
    station_id integer NOT NULL REFERENCES weather_stations,
    day        date NOT NULL,
    kind       text NOT NULL CHECK (kind IN ('local_day', 'utc_day')),
    mean_c     double precision CHECK (mean_c BETWEEN -60 AND 60),
    low_c      double precision CHECK (low_c BETWEEN -60 AND 60),
    high_c     double precision CHECK (high_c BETWEEN -60 AND 60),
    coverage   double precision CHECK (coverage BETWEEN 0 AND 1),
    CHECK (low_c <= high_c),
    CHECK (num_nonnulls(mean_c, low_c, high_c) > 0),
    PRIMARY KEY (station_id, day, kind)
);

CREATE TABLE building_stations (
    building_id integer PRIMARY KEY REFERENCES buildings,
    station_id  integer NOT NULL REFERENCES weather_stations
);
