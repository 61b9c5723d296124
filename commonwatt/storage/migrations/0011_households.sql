-- What households decide about their data: consents, shorter keeping, erasure, passes, typed indices.

-- `person` is all that ties a household to what it once agreed to; erasing draws it anew.
-- The keep_ columns are days, shorter than the service's own; NULL means as long as the service keeps.
ALTER TABLE occupancies
    ADD COLUMN person uuid NOT NULL DEFAULT gen_random_uuid() UNIQUE,
    ADD COLUMN erased_utc timestamptz,
    ADD COLUMN keep_raw_days integer CHECK (keep_raw_days BETWEEN 1 AND 30),
    ADD COLUMN keep_half_hours_days integer CHECK (keep_half_hours_days BETWEEN 1 AND 396),
    ADD COLUMN keep_days_days integer CHECK (keep_days_days BETWEEN 1 AND 1096);

-- Every yes and every no, as they came. text_sha256 is of the French text that was shown;
-- NULL where the agreement is older than this ledger or was given on paper.
CREATE TABLE consent_events (
    event_id     bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    person       uuid NOT NULL,
    purpose      text NOT NULL CHECK (purpose IN ('own_view', 'building_figures', 'coach', 'open_data')),
    recipient    text NOT NULL CHECK (recipient IN ('household', 'landlord', 'coach', 'public')),
    granularity  text NOT NULL CHECK (granularity IN ('half_hour', 'day', 'month')),
    event        text NOT NULL CHECK (event IN ('given', 'withdrawn')),
    at_utc       timestamptz NOT NULL,
    text_version text NOT NULL CHECK (char_length(text_version) BETWEEN 1 AND 20),
    text_sha256  bytea CHECK (octet_length(text_sha256) = 32)
);
CREATE INDEX consent_events_of ON consent_events (person, purpose, event_id);

INSERT INTO consent_events (person, purpose, recipient, granularity, event, at_utc, text_version)
SELECT o.person, c.purpose, 'landlord', 'month', e.event, e.at_utc, 'before-ledger'
FROM consents c JOIN occupancies o USING (occupancy_id)
CROSS JOIN LATERAL (VALUES ('given', c.given_utc), ('withdrawn', c.withdrawn_utc)) AS e (event, at_utc)
WHERE e.at_utc IS NOT NULL
ORDER BY e.at_utc, e.event;
DROP TABLE consents;

CREATE FUNCTION refuse_rewriting() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION '% is never rewritten', TG_TABLE_NAME USING ERRCODE = 'integrity_constraint_violation';
END
$$;
CREATE TRIGGER consent_events_stand BEFORE UPDATE OR DELETE OR TRUNCATE ON consent_events
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_rewriting();
REVOKE UPDATE, DELETE, TRUNCATE ON consent_events FROM PUBLIC;

-- Each yes, and when it was taken back or given anew: what reports ask.
CREATE VIEW consents WITH (security_invoker) AS
SELECT o.occupancy_id, g.purpose, g.recipient, g.granularity, g.at_utc AS given_utc,
       w.at_utc AS withdrawn_utc, g.text_version, g.text_sha256
FROM consent_events g
JOIN occupancies o USING (person)
LEFT JOIN LATERAL (
    SELECT e.at_utc FROM consent_events e
    WHERE e.person = g.person AND e.purpose = g.purpose AND e.event_id > g.event_id
    ORDER BY e.event_id LIMIT 1) w ON true
WHERE g.event = 'given';

-- Stretches whose readings were removed: rollups are never computed again there.
CREATE TABLE sealed_spans (
    meter_id  integer NOT NULL REFERENCES meters,
    start_utc timestamptz NOT NULL,
    end_utc   timestamptz NOT NULL CHECK (end_utc > start_utc),
    PRIMARY KEY (meter_id, start_utc)
);

-- Seals a pause that ends, to whole half-hours, for every meter that measured the household then.
CREATE FUNCTION seal_pause(household integer, until_utc timestamptz) RETURNS void
LANGUAGE sql SECURITY DEFINER SET search_path FROM CURRENT AS $$
    INSERT INTO sealed_spans AS s (meter_id, start_utc, end_utc)
    SELECT i.meter_id, date_bin('30 minutes', greatest(p.at_utc, i.start_utc, o.start_utc), 'epoch'),
           date_bin('30 minutes', least(until_utc, i.end_utc, o.end_utc), 'epoch') + interval '30 minutes'
    FROM occupancies o JOIN installations i USING (dwelling_id)
    CROSS JOIN LATERAL (
        SELECT e.at_utc, e.event FROM consent_events e
        WHERE e.person = o.person AND e.purpose = 'own_view'
        ORDER BY e.event_id DESC LIMIT 1) p
    WHERE o.occupancy_id = household AND p.event = 'withdrawn'
      AND (current_setting('role') <> 'commonwatt_web' OR household = app_subject('household'))
      AND tstzrange(i.start_utc, i.end_utc) && tstzrange(o.start_utc, o.end_utc)
      AND tstzrange(i.start_utc, i.end_utc) && tstzrange(p.at_utc, greatest(until_utc, p.at_utc), '[]')
    ON CONFLICT (meter_id, start_utc) DO UPDATE SET end_utc = greatest(s.end_utc, excluded.end_utc)
$$;

-- Who was erased and when; the same list stands in a file that no restore turns back.
CREATE TABLE erasures (
    person     uuid PRIMARY KEY,
    erased_utc timestamptz NOT NULL
);

-- What the supplier's meter showed, as somebody of the household read it.
CREATE TABLE typed_indices (
    occupancy_id integer NOT NULL REFERENCES occupancies,
    at_utc       timestamptz NOT NULL,
    index_wh     double precision NOT NULL CHECK (index_wh BETWEEN 0 AND 1e12),
    entered_utc  timestamptz NOT NULL,
    PRIMARY KEY (occupancy_id, at_utc)
);

-- A household that took back its first consent is paused: nothing new is kept of it, and it sees no figures.
CREATE FUNCTION is_paused(household integer) RETURNS boolean
LANGUAGE sql STABLE SECURITY DEFINER SET search_path FROM CURRENT AS $$
    SELECT coalesce((
        SELECT e.event = 'withdrawn' FROM consent_events e JOIN occupancies o USING (person)
        WHERE o.occupancy_id = household AND e.purpose = 'own_view'
        ORDER BY e.event_id DESC LIMIT 1), false)
$$;

REVOKE EXECUTE ON FUNCTION is_paused FROM PUBLIC;

-- A number that only the household knows; it is asked when its letters open another device.
CREATE TABLE pins (
    occupancy_id integer PRIMARY KEY REFERENCES occupancies,
    pin_hash     text NOT NULL CHECK (pin_hash LIKE '$argon2id$%'),
    set_utc      timestamptz NOT NULL
);

-- Letters that a landlord hands to a dwelling; whoever claims a meter says with them where it hangs.
CREATE TABLE dwelling_letters (
    dwelling_id  integer PRIMARY KEY REFERENCES dwellings,
    letters_hash bytea NOT NULL UNIQUE CHECK (octet_length(letters_hash) = 32),
    made_utc     timestamptz NOT NULL
);

-- A guest's link ends by itself, and when the household takes its consent back; a household's own
-- program comes without its PIN.
ALTER TABLE access_links
    ADD COLUMN expires_utc timestamptz,
    ADD COLUMN asks_pin boolean NOT NULL DEFAULT true;
ALTER TABLE access_links DROP CONSTRAINT access_links_audience_check;
ALTER TABLE access_links ADD CONSTRAINT access_links_audience_check CHECK (
    audience IN ('maker', 'household', 'landlord', 'operator', 'facilitator', 'guest'));
CREATE VIEW open_links AS
SELECT token_hash, subject_id, expires_utc,
       CASE WHEN audience = 'household' AND is_paused(subject_id) THEN 'paused' ELSE audience END AS audience,
       audience = 'household' AND asks_pin
           AND EXISTS (SELECT FROM pins p WHERE p.occupancy_id = subject_id) AS asks_pin
FROM access_links
WHERE revoked_utc IS NULL AND coalesce(expires_utc, 'infinity') > now()
  AND (audience <> 'guest' OR NOT is_paused(subject_id) AND EXISTS (
      SELECT FROM consents c
      WHERE c.occupancy_id = subject_id AND c.purpose = 'coach' AND c.withdrawn_utc IS NULL));

-- The planner keeps samples of the columns it studies, and keeps them for an emptied table, too:
-- it does not study what tells about a home.
ALTER TABLE readings ALTER register_wh SET STATISTICS 0, ALTER power_w SET STATISTICS 0,
    ALTER apparent_va SET STATISTICS 0;
ALTER TABLE half_hours ALTER register_wh SET STATISTICS 0, ALTER power_wh SET STATISTICS 0,
    ALTER estimated_wh SET STATISTICS 0, ALTER covered_s SET STATISTICS 0;
ALTER TABLE days ALTER register_wh SET STATISTICS 0, ALTER power_wh SET STATISTICS 0,
    ALTER estimated_wh SET STATISTICS 0, ALTER covered_s SET STATISTICS 0;
ALTER TABLE contracts ALTER offer SET STATISTICS 0, ALTER option SET STATISTICS 0,
    ALTER subscribed_kva SET STATISTICS 0, ALTER off_peak SET STATISTICS 0;
ALTER TABLE typed_indices ALTER index_wh SET STATISTICS 0;
ALTER TABLE quarantine ALTER topic SET STATISTICS 0, ALTER detail SET STATISTICS 0,
    ALTER payload SET STATISTICS 0;

-- The second wall. A household enters events in its own ledger; a landlord sees who lets itself be counted.
CREATE FUNCTION app_persons() RETURNS SETOF uuid
LANGUAGE sql STABLE SECURITY DEFINER SET search_path FROM CURRENT AS $$
    SELECT person FROM occupancies WHERE occupancy_id IN (SELECT app_occupancies())
$$;
ALTER TABLE consent_events ENABLE ROW LEVEL SECURITY;
ALTER TABLE typed_indices ENABLE ROW LEVEL SECURITY;
ALTER TABLE access_links ENABLE ROW LEVEL SECURITY;
CREATE POLICY web ON consent_events FOR SELECT TO commonwatt_web
    USING (person IN (SELECT app_persons())
           AND ((SELECT app_subject('household')) IS NOT NULL
                OR (SELECT app_subject('landlord', 'staff')) IS NOT NULL AND purpose = 'building_figures'));
CREATE POLICY web_events ON consent_events FOR INSERT TO commonwatt_web
    WITH CHECK (person IN (SELECT app_persons()) AND (SELECT app_subject('household')) IS NOT NULL);
CREATE POLICY web ON typed_indices TO commonwatt_web
    USING (occupancy_id = (SELECT app_subject('household')));
CREATE POLICY web ON access_links TO commonwatt_web
    USING (audience = 'guest' AND subject_id = (SELECT app_subject('household')));
GRANT SELECT, INSERT ON consent_events TO commonwatt_web;
GRANT SELECT ON consents TO commonwatt_web;
GRANT SELECT, INSERT, UPDATE ON typed_indices TO commonwatt_web;
GRANT SELECT (audience, subject_id, revoked_utc, expires_utc), INSERT, UPDATE (revoked_utc)
    ON access_links TO commonwatt_web;
