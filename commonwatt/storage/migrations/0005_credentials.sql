-- Who may speak: the secret of each meter, by its hashes alone, and whether it still opens anything.
-- broker_hash is what mosquitto reads; digest finds the meter whose secret a device shows over HTTP. A secret
-- is random and has 128 bits, so that neither can be searched. The digest of secrets older than this is not known:
-- such a meter speaks to the broker as before and needs a new secret for HTTP.
CREATE TABLE credentials (
    meter_id    integer PRIMARY KEY REFERENCES meters,
    broker_hash text NOT NULL,
    digest      bytea UNIQUE CHECK (octet_length(digest) = 32),
    state       text NOT NULL DEFAULT 'active' CHECK (state IN ('active', 'suspended', 'revoked')),
    reason      text,
    until_utc   timestamptz CHECK (until_utc IS NULL OR state = 'suspended'),
    changed_utc timestamptz NOT NULL
);
INSERT INTO credentials (meter_id, broker_hash, changed_utc)
SELECT meter_id, secret_hash, now() FROM meters WHERE secret_hash IS NOT NULL;
ALTER TABLE meters DROP COLUMN secret_hash;

-- Whoever keeps the broker's files hears of each change when it is committed.
CREATE FUNCTION tell_credentials() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    NOTIFY credentials;
    RETURN NULL;
END
$$;
CREATE TRIGGER credentials_change AFTER INSERT OR UPDATE OR DELETE ON credentials
    FOR EACH STATEMENT EXECUTE FUNCTION tell_credentials();
CREATE TRIGGER credentials_change AFTER INSERT OR UPDATE OR DELETE ON mounts
    FOR EACH STATEMENT EXECUTE FUNCTION tell_credentials();
CREATE TRIGGER credentials_change AFTER UPDATE OF state ON meters
    FOR EACH STATEMENT EXECUTE FUNCTION tell_credentials();

-- The logs each meter has written, -1 for a meter that keeps none: records of a new log need no search for
-- earlier ones.
CREATE TABLE meter_logs (
    meter_id integer NOT NULL,
    log      bigint NOT NULL CHECK (log BETWEEN -1 AND 4294967295),
    PRIMARY KEY (meter_id, log)
);
INSERT INTO meter_logs SELECT DISTINCT meter_id, log FROM readings;

-- How many messages and records could not be used, by day and reason; the quarantine keeps samples of them.
CREATE TABLE refused_counts (
    day      date NOT NULL,
    meter_id integer REFERENCES meters,
    code     text NOT NULL,
    refusals bigint NOT NULL CHECK (refusals > 0),
    UNIQUE NULLS NOT DISTINCT (day, meter_id, code)
);
