-- Who gets in and who may see what: landlords, accounts, sessions, throttles, the audit log,
-- and row-level security as a second wall behind commonwatt/access.py.

CREATE TABLE landlords (
    landlord_id integer GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    name        text NOT NULL UNIQUE CHECK (char_length(name) BETWEEN 1 AND 80)
);
ALTER TABLE buildings ADD COLUMN landlord_id integer REFERENCES landlords;

CREATE TABLE accounts (
    account_id    integer GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    login         text NOT NULL UNIQUE CHECK (login ~ '^[a-z0-9][a-z0-9._@-]{1,79}$'),
    password_hash text NOT NULL CHECK (password_hash LIKE '$argon2id$%'),
    role          text NOT NULL CHECK (role IN ('operator', 'landlord_manager', 'landlord_reader')),
    landlord_id   integer REFERENCES landlords,
    created_utc   timestamptz NOT NULL,
    disabled_utc  timestamptz,
    CHECK ((role = 'operator') = (landlord_id IS NULL))
);

-- One opening of a link or one login; it ends with the link or the account it came from.
CREATE TABLE sessions (
    token_hash  bytea PRIMARY KEY CHECK (octet_length(token_hash) = 32),
    link_hash   bytea REFERENCES access_links ON DELETE CASCADE,
    account_id  integer REFERENCES accounts ON DELETE CASCADE,
    created_utc timestamptz NOT NULL,
    used_utc    timestamptz NOT NULL,
    expires_utc timestamptz NOT NULL CHECK (expires_utc > created_utc),
    revoked_utc timestamptz,
    CHECK (num_nonnulls(link_hash, account_id) = 1)
);
CREATE INDEX sessions_by_account ON sessions (account_id);

-- Tries to get in that are counted, by a hash of whom or where they came from.
CREATE TABLE tries (
    key_hash bytea NOT NULL,
    at_utc   timestamptz NOT NULL
);
CREATE INDEX tries_by_key ON tries (key_hash, at_utc);

-- Who looked at or changed what, and when; no update and no deletion but by the owner.
CREATE TABLE audit_log (
    audit_id     bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    at_utc       timestamptz NOT NULL,
    viewer       text NOT NULL CHECK (char_length(viewer) BETWEEN 1 AND 80),
    what         text NOT NULL CHECK (char_length(what) BETWEEN 1 AND 80),
    occupancy_id integer,
    meter_id     integer,
    building_id  integer
);
CREATE INDEX audit_log_by_occupancy ON audit_log (occupancy_id, at_utc);

DO $$
BEGIN
    IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'commonwatt_web') THEN
        CREATE ROLE commonwatt_web NOLOGIN;
    END IF;
EXCEPTION WHEN duplicate_object OR unique_violation THEN
    NULL;
END
$$;
DO $$
BEGIN
    IF NOT pg_has_role(current_user, 'commonwatt_web', 'MEMBER') THEN
        GRANT commonwatt_web TO CURRENT_USER;
    END IF;
END
$$;

-- Who looks is told by two settings: app.audience and app.subject. Without them nobody looks.
CREATE FUNCTION app_subject(VARIADIC audiences text[]) RETURNS integer
LANGUAGE sql STABLE AS $$
    SELECT nullif(current_setting('app.subject', true), '')::integer
    WHERE current_setting('app.audience', true) = ANY (audiences)
$$;

-- The functions below read the tables as their owner, so that a policy does not ask itself.
CREATE FUNCTION app_managed_buildings() RETURNS SETOF integer
LANGUAGE sql STABLE SECURITY DEFINER SET search_path FROM CURRENT AS $$
    SELECT building_id FROM buildings
    WHERE building_id = app_subject('landlord') OR landlord_id = app_subject('staff')
$$;

CREATE FUNCTION app_dwellings() RETURNS SETOF integer
LANGUAGE sql STABLE SECURITY DEFINER SET search_path FROM CURRENT AS $$
    SELECT dwelling_id FROM occupancies WHERE occupancy_id = app_subject('household', 'guest')
    UNION
    SELECT dwelling_id FROM dwellings WHERE building_id IN (SELECT app_managed_buildings())
$$;

CREATE FUNCTION app_buildings() RETURNS SETOF integer
LANGUAGE sql STABLE SECURITY DEFINER SET search_path FROM CURRENT AS $$
    SELECT building_id FROM dwellings WHERE dwelling_id IN (SELECT app_dwellings())
    UNION
    SELECT app_managed_buildings()
$$;

-- A landlord's occupancies are those that let themselves be counted.
CREATE FUNCTION app_occupancies() RETURNS SETOF integer
LANGUAGE sql STABLE SECURITY DEFINER SET search_path FROM CURRENT AS $$
    SELECT occupancy_id FROM occupancies WHERE occupancy_id = app_subject('household', 'guest')
    UNION
    SELECT o.occupancy_id
    FROM occupancies o JOIN dwellings d USING (dwelling_id) JOIN consents c USING (occupancy_id)
    WHERE d.building_id IN (SELECT app_managed_buildings())
      AND c.purpose = 'building_figures' AND c.withdrawn_utc IS NULL
$$;

-- An instant of a meter as one number, and the stretches of them that belong to who looks.
-- 2^33 seconds end in the year 2242 and leave room for 2^29 meters.
CREATE FUNCTION app_key(meter_id integer, at_utc timestamptz) RETURNS bigint
LANGUAGE sql STABLE AS $$
    SELECT (meter_id::bigint << 33)
        + least(greatest(date_part('epoch', at_utc), 0), 8589934591)::bigint
$$;

CREATE FUNCTION app_stays() RETURNS int8multirange
LANGUAGE sql STABLE SECURITY DEFINER SET search_path FROM CURRENT AS $$
    SELECT coalesce(range_agg(int8range(
        app_key(i.meter_id, greatest(i.start_utc, o.start_utc)),
        app_key(i.meter_id, least(i.end_utc, o.end_utc, '2242-01-01Z')), '[]')), '{}')
    FROM occupancies o JOIN installations i USING (dwelling_id)
    WHERE o.occupancy_id IN (SELECT app_occupancies())
      AND tstzrange(i.start_utc, i.end_utc) && tstzrange(o.start_utc, o.end_utc)
$$;

CREATE FUNCTION app_meters() RETURNS SETOF integer
LANGUAGE sql STABLE SECURITY DEFINER SET search_path FROM CURRENT AS $$
    SELECT meter_id FROM meters WHERE meter_id = app_subject('maker')
    UNION
    SELECT i.meter_id FROM installations i JOIN occupancies o USING (dwelling_id)
    WHERE o.occupancy_id = app_subject('household', 'guest')
      AND tstzrange(i.start_utc, i.end_utc) && tstzrange(o.start_utc, o.end_utc)
    UNION
    SELECT i.meter_id FROM installations i JOIN dwellings d USING (dwelling_id)
    WHERE d.building_id IN (SELECT app_managed_buildings())
$$;

ALTER TABLE buildings ENABLE ROW LEVEL SECURITY;
ALTER TABLE dwellings ENABLE ROW LEVEL SECURITY;
ALTER TABLE occupancies ENABLE ROW LEVEL SECURITY;
ALTER TABLE consents ENABLE ROW LEVEL SECURITY;
ALTER TABLE contracts ENABLE ROW LEVEL SECURITY;
ALTER TABLE meters ENABLE ROW LEVEL SECURITY;
ALTER TABLE installations ENABLE ROW LEVEL SECURITY;
ALTER TABLE boots ENABLE ROW LEVEL SECURITY;
ALTER TABLE readings ENABLE ROW LEVEL SECURITY;
ALTER TABLE meter_signs ENABLE ROW LEVEL SECURITY;
ALTER TABLE half_hours ENABLE ROW LEVEL SECURITY;
ALTER TABLE days ENABLE ROW LEVEL SECURITY;
ALTER TABLE quarantine ENABLE ROW LEVEL SECURITY;
ALTER TABLE released_months ENABLE ROW LEVEL SECURITY;
ALTER TABLE building_stations ENABLE ROW LEVEL SECURITY;
ALTER TABLE audit_log ENABLE ROW LEVEL SECURITY;

CREATE POLICY web ON buildings FOR SELECT TO commonwatt_web
    USING (building_id IN (SELECT app_buildings()));
CREATE POLICY web ON dwellings FOR SELECT TO commonwatt_web
    USING (dwelling_id IN (SELECT app_dwellings()));
CREATE POLICY web ON occupancies FOR SELECT TO commonwatt_web
    USING (occupancy_id IN (SELECT app_occupancies()));
CREATE POLICY web ON consents FOR SELECT TO commonwatt_web
    USING (occupancy_id IN (SELECT app_occupancies()));
CREATE POLICY web ON contracts FOR SELECT TO commonwatt_web
    USING (occupancy_id = (SELECT app_subject('household', 'guest')));
CREATE POLICY web ON meters FOR SELECT TO commonwatt_web
    USING (meter_id IN (SELECT app_meters()) OR (SELECT app_subject('operator')) IS NOT NULL);
CREATE POLICY web ON installations FOR SELECT TO commonwatt_web
    USING (dwelling_id IN (SELECT app_dwellings()) AND meter_id IN (SELECT app_meters()));
CREATE POLICY web ON boots FOR SELECT TO commonwatt_web
    USING (meter_id IN (SELECT app_meters()));
CREATE POLICY web ON readings FOR SELECT TO commonwatt_web
    USING (meter_id = (SELECT app_subject('maker'))
           OR app_key(meter_id, end_utc) <@ (SELECT app_stays()));
CREATE POLICY web ON meter_signs FOR SELECT TO commonwatt_web
    USING (meter_id = (SELECT app_subject('maker'))
           OR app_key(meter_id, coalesce(power_utc, last_seen_utc)) <@ (SELECT app_stays())
           OR meter_id IN (SELECT app_meters())
              AND (SELECT app_subject('landlord', 'staff')) IS NOT NULL);
CREATE POLICY web ON half_hours FOR SELECT TO commonwatt_web
    USING (int8range(app_key(meter_id, start_utc),
                     app_key(meter_id, start_utc + interval '30 minutes')) <@ (SELECT app_stays()));
CREATE POLICY web ON days FOR SELECT TO commonwatt_web
    USING (int8range(app_key(meter_id, day::timestamp AT TIME ZONE 'Europe/Paris'),
                     app_key(meter_id, (day + 1)::timestamp AT TIME ZONE 'Europe/Paris'))
           <@ (SELECT app_stays()));
CREATE POLICY web ON quarantine FOR SELECT TO commonwatt_web
    USING (meter_id = (SELECT app_subject('maker'))
           OR (SELECT app_subject('operator')) IS NOT NULL);
CREATE POLICY web ON released_months FOR SELECT TO commonwatt_web
    USING (building_id IN (SELECT app_managed_buildings()));
CREATE POLICY web ON building_stations FOR SELECT TO commonwatt_web
    USING (building_id IN (SELECT app_buildings()));
CREATE POLICY web ON audit_log FOR SELECT TO commonwatt_web
    USING (occupancy_id = (SELECT app_subject('household'))
           OR (SELECT app_subject('operator')) IS NOT NULL);
CREATE POLICY web_notes ON audit_log FOR INSERT TO commonwatt_web WITH CHECK (true);

-- Only what pages read is granted; secrets of meters, links, sessions and accounts are not.
GRANT SELECT ON buildings, dwellings, occupancies, consents, contracts, installations, boots,
    readings, meter_signs, half_hours, days, quarantine, released_months, building_stations,
    audit_log, weather_stations, weather_days, tempo_colours TO commonwatt_web;
GRANT SELECT (meter_id, serial, variant, state, p_max_w, backlog_days) ON meters TO commonwatt_web;
GRANT INSERT ON audit_log TO commonwatt_web;

-- Chunks carry the hypertable's grants but not its policies: the web role may not name them.
DO $$
BEGIN
    IF EXISTS (SELECT FROM pg_namespace WHERE nspname = '_timescaledb_internal') THEN
        REVOKE USAGE ON SCHEMA _timescaledb_internal FROM PUBLIC, commonwatt_web;
    END IF;
END
$$;
