-- What the homes of a building saved since an action, as a landlord is told it; and what is told to all.

-- A cohort told of for an action is a cell too; homes that wait are of several buildings.
ALTER TABLE release_cells ADD COLUMN action_id integer REFERENCES actions;
ALTER TABLE release_cells ALTER COLUMN building_id DROP NOT NULL;
ALTER TABLE release_cells ADD CHECK (building_id IS NOT NULL OR action_id IS NOT NULL);
ALTER TABLE release_cells DROP CONSTRAINT release_cells_building_id_first_month_key;
CREATE UNIQUE INDEX release_cells_by_year ON release_cells (building_id, first_month)
    WHERE action_id IS NULL;
CREATE UNIQUE INDEX release_cells_by_action ON release_cells (action_id, building_id)
    NULLS NOT DISTINCT WHERE action_id IS NOT NULL;

-- One row an action: figures, or the reason why there are none; frozen_reason where the figures
-- stay as they are because their homes are no longer the same. Shares are of one, rounded.
CREATE TABLE building_savings (
    action_id     integer PRIMARY KEY REFERENCES actions,
    building_id   integer NOT NULL REFERENCES buildings,
    start_day     date NOT NULL,
    end_day       date NOT NULL CHECK (end_day > start_day),
    verdict       text NOT NULL
        CHECK (verdict IN ('proven_drop', 'no_visible_change', 'rise', 'not_enough_data')),
    reason        text CHECK (reason ~ '^[a-z_]{1,40}$'),
    frozen_reason text CHECK (frozen_reason ~ '^[a-z_]{1,40}$'),
    homes         integer CHECK (homes >= 11),
    waiting_homes integer CHECK (waiting_homes >= 11),
    share         double precision,
    low           double precision,
    high          double precision,
    saved_kwh     integer,
    expected_kwh  integer,
    detectable    double precision,
    placebo_low   double precision,
    placebo_high  double precision,
    coverage      double precision CHECK (coverage BETWEEN 0 AND 1),
    weeks_to_go   integer CHECK (weeks_to_go >= 0),
    decided_utc   timestamptz NOT NULL,
    CHECK ((verdict = 'not_enough_data') = (reason IS NOT NULL)),
    CHECK (num_nulls(homes, waiting_homes, share, low, high, saved_kwh, expected_kwh, detectable,
                     placebo_low, placebo_high, coverage) = CASE WHEN reason IS NULL THEN 0 ELSE 11 END)
);
ALTER TABLE building_savings ENABLE ROW LEVEL SECURITY;
CREATE POLICY web ON building_savings FOR SELECT TO commonwatt_web
    USING (building_id IN (SELECT app_managed_buildings()));
GRANT SELECT ON building_savings TO commonwatt_web;

-- Buildings whose told months everybody may read, since when and, if that is over, until when.
CREATE TABLE open_buildings (
    building_id integer PRIMARY KEY REFERENCES buildings,
    slug        text NOT NULL UNIQUE CHECK (slug ~ '^[a-z0-9-]{1,80}$'),
    name        text NOT NULL CHECK (char_length(name) BETWEEN 1 AND 200),
    opened_utc  timestamptz NOT NULL,
    closed_utc  timestamptz CHECK (closed_utc >= opened_utc)
);
ALTER TABLE open_buildings ENABLE ROW LEVEL SECURITY;
CREATE POLICY web ON open_buildings FOR SELECT TO commonwatt_web
    USING (closed_utc IS NULL OR building_id IN (SELECT app_managed_buildings()));
CREATE POLICY web_opens ON open_buildings FOR INSERT TO commonwatt_web
    WITH CHECK (building_id IN (SELECT app_managed_buildings()));
CREATE POLICY web_closes ON open_buildings FOR UPDATE TO commonwatt_web
    USING (building_id IN (SELECT app_managed_buildings()));
CREATE POLICY web_open ON released_months FOR SELECT TO commonwatt_web
    USING (building_id IN (SELECT building_id FROM open_buildings WHERE closed_utc IS NULL));
GRANT SELECT, INSERT ON open_buildings TO commonwatt_web;
GRANT UPDATE (opened_utc, closed_utc) ON open_buildings TO commonwatt_web;
