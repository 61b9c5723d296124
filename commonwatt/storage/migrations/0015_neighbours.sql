-- What households want to be told of, and how homes that resemble each other compare.

ALTER TABLE consent_events
    DROP CONSTRAINT consent_events_purpose_check,
    DROP CONSTRAINT consent_events_recipient_check,
    ADD CONSTRAINT consent_events_purpose_check CHECK (purpose IN
        ('own_view', 'building_figures', 'coach', 'open_data', 'paper', 'similar_homes')),
    ADD CONSTRAINT consent_events_recipient_check CHECK (recipient IN
        ('household', 'landlord', 'coach', 'public', 'association', 'households'));

CREATE TABLE alert_choices (
    occupancy_id integer NOT NULL REFERENCES occupancies,
    kind         text NOT NULL CHECK (kind IN ('day', 'always_on', 'month')),
    above        double precision NOT NULL CHECK (above > 0 AND above <= 100000),
    chosen_utc   timestamptz NOT NULL,
    PRIMARY KEY (occupancy_id, kind)
);
ALTER TABLE alert_choices ALTER above SET STATISTICS 0;
COMMENT ON COLUMN alert_choices.above IS 'kWh of a day, W that are always on, or euros of a month.';

CREATE TABLE alerts (
    occupancy_id integer NOT NULL REFERENCES occupancies,
    kind         text NOT NULL CHECK (kind IN ('day', 'always_on', 'month')),
    day          date NOT NULL,
    found        double precision NOT NULL,
    above        double precision NOT NULL,
    raised_utc   timestamptz NOT NULL,
    seen_utc     timestamptz CHECK (seen_utc >= raised_utc),
    PRIMARY KEY (occupancy_id, kind, day)
);
ALTER TABLE alerts ALTER found SET STATISTICS 0;
COMMENT ON COLUMN alerts.day IS 'The local day it is about; for what is told once a month, its first.';

CREATE TABLE home_profiles (
    occupancy_id integer PRIMARY KEY REFERENCES occupancies,
    heating      text NOT NULL CHECK (heating IN ('electricity', 'gas', 'collective', 'other')),
    hot_water    text NOT NULL CHECK (hot_water IN ('electricity', 'gas', 'collective', 'other')),
    surface_m2   double precision NOT NULL CHECK (surface_m2 BETWEEN 5 AND 1000),
    people       integer NOT NULL CHECK (people BETWEEN 1 AND 20),
    told_utc     timestamptz NOT NULL
);
ALTER TABLE home_profiles ALTER surface_m2 SET STATISTICS 0;

-- A month is compared once, so that no two comparisons of it can be subtracted.
CREATE TABLE compared_months (
    month        date PRIMARY KEY CHECK (extract(day FROM month) = 1),
    compared_utc timestamptz NOT NULL
);

CREATE TABLE similar_places (
    occupancy_id integer NOT NULL REFERENCES occupancies,
    month        date NOT NULL REFERENCES compared_months,
    own_kwh      double precision NOT NULL,
    median_kwh   double precision NOT NULL,
    best_kwh     double precision NOT NULL,
    percentile   double precision NOT NULL CHECK (percentile BETWEEN 0 AND 100),
    homes        integer NOT NULL CHECK (homes >= 11),
    PRIMARY KEY (occupancy_id, month)
);
ALTER TABLE similar_places
    ALTER own_kwh SET STATISTICS 0, ALTER median_kwh SET STATISTICS 0, ALTER best_kwh SET STATISTICS 0;

ALTER TABLE alert_choices ENABLE ROW LEVEL SECURITY;
ALTER TABLE alerts ENABLE ROW LEVEL SECURITY;
ALTER TABLE home_profiles ENABLE ROW LEVEL SECURITY;
ALTER TABLE similar_places ENABLE ROW LEVEL SECURITY;
CREATE POLICY web ON alert_choices TO commonwatt_web
    USING (occupancy_id = (SELECT app_subject('household')));
CREATE POLICY web ON alerts TO commonwatt_web
    USING (occupancy_id = (SELECT app_subject('household')));
CREATE POLICY web ON home_profiles TO commonwatt_web
    USING (occupancy_id = (SELECT app_subject('household')));
CREATE POLICY web ON similar_places FOR SELECT TO commonwatt_web
    USING (occupancy_id = (SELECT app_subject('household')));
GRANT SELECT, INSERT, UPDATE, DELETE ON alert_choices, home_profiles TO commonwatt_web;
GRANT SELECT, UPDATE (seen_utc) ON alerts TO commonwatt_web;
GRANT SELECT ON similar_places TO commonwatt_web;
