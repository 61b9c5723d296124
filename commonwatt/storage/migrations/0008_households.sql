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

-- A guest's link ends by itself.
ALTER TABLE access_links ADD COLUMN expires_utc timestamptz;
ALTER TABLE access_links DROP CONSTRAINT access_links_audience_check;
ALTER TABLE access_links ADD CONSTRAINT access_links_audience_check CHECK (
    audience IN ('maker', 'household', 'landlord', 'operator', 'facilitator', 'guest'));

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

-- Who looked at what of a household, and when.
CREATE TABLE IF NOT EXISTS audit_log (
    audit_id     bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    at_utc       timestamptz NOT NULL,
    viewer       text NOT NULL,
    what         text NOT NULL,
    occupancy_id integer,
    meter_id     integer,
    building_id  integer
);
