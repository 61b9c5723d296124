-- From an opened workshop to a tested meter: kits, their steps, claim codes, self-tests, passports,
-- badges and repair tickets.

-- issuer_key is the facilitator's private key for badges, closed by a passphrase nobody keeps here.
CREATE TABLE workshops (
    workshop_id   integer GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    place         text NOT NULL CHECK (char_length(place) BETWEEN 1 AND 80),
    held_on       date NOT NULL,
    variant       text NOT NULL CHECK (variant IN ('led', 'tic_h', 'tic_s', 'ct', 'sim')),
    facilitator   text NOT NULL CHECK (char_length(facilitator) BETWEEN 1 AND 80),
    issuer_key    text NOT NULL,
    opened_utc    timestamptz NOT NULL
);

CREATE TABLE kits (
    meter_id       integer PRIMARY KEY REFERENCES meters,
    workshop_id    integer NOT NULL REFERENCES workshops,
    number         integer NOT NULL CHECK (number BETWEEN 1 AND 99),
    nickname       text CHECK (char_length(nickname) BETWEEN 1 AND 24),
    parts_revision text NOT NULL CHECK (char_length(parts_revision) BETWEEN 1 AND 40),
    UNIQUE (workshop_id, number)
);

CREATE TABLE kit_steps (
    meter_id   integer NOT NULL REFERENCES kits,
    step       text NOT NULL CHECK (step ~ '^[a-z][a-z0-9_]{1,30}$'),
    ticked_utc timestamptz NOT NULL,
    PRIMARY KEY (meter_id, step)
);

-- The first symbols of a code find its row; of the secret rest only the hash is kept.
CREATE TABLE claim_codes (
    locator       text PRIMARY KEY,
    meter_id      integer NOT NULL REFERENCES meters,
    verifier_hash bytea NOT NULL,
    failed_tries  integer NOT NULL DEFAULT 0 CHECK (failed_tries BETWEEN 0 AND 5),
    created_utc   timestamptz NOT NULL,
    expires_utc   timestamptz NOT NULL CHECK (expires_utc > created_utc),
    used_utc      timestamptz,
    withdrawn_utc timestamptz
);
CREATE UNIQUE INDEX one_open_code_a_meter ON claim_codes (meter_id)
WHERE used_utc IS NULL AND withdrawn_utc IS NULL;

-- When a meter last said hello or its button was pressed: that somebody stands before it.
CREATE TABLE presences (
    meter_id integer PRIMARY KEY REFERENCES meters,
    at_utc   timestamptz NOT NULL
);

-- Self-tests as the meter sent them, kept for good; the service judges them when they are read.
CREATE TABLE selftests (
    selftest_id     bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    meter_id        integer NOT NULL REFERENCES meters,
    run             uuid NOT NULL,
    received_utc    timestamptz NOT NULL,
    firmware        text NOT NULL CHECK (char_length(firmware) <= 40),
    firmware_sha256 text CHECK (firmware_sha256 ~ '^[0-9a-f]{64}$'),
    bench           text CHECK (char_length(bench) <= 40),
    gain            double precision CHECK (gain BETWEEN 0 AND 1000),
    tests           jsonb NOT NULL CHECK (jsonb_typeof(tests) = 'array'),
    is_passed       boolean NOT NULL,
    UNIQUE (meter_id, run)
);

CREATE TABLE passports (
    meter_id   integer NOT NULL REFERENCES kits,
    issued_utc timestamptz NOT NULL,
    document   jsonb NOT NULL CHECK (jsonb_typeof(document) = 'object'),
    PRIMARY KEY (meter_id, issued_utc)
);

CREATE TABLE badges (
    meter_id  integer NOT NULL REFERENCES kits,
    kind      text NOT NULL CHECK (kind IN ('assembles', 'measures', 'installs', 'protects')),
    given_utc timestamptz NOT NULL,
    jws       text NOT NULL CHECK (char_length(jws) BETWEEN 1 AND 20000),
    PRIMARY KEY (meter_id, kind)
);

CREATE TABLE repair_tickets (
    ticket_id  integer GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    meter_id   integer NOT NULL REFERENCES kits,
    cause      text NOT NULL CHECK (cause IN ('power', 'wifi', 'head', 'clock', 'firmware')),
    opened_utc timestamptz NOT NULL,
    closed_utc timestamptz CHECK (closed_utc >= opened_utc)
);
CREATE UNIQUE INDEX one_open_ticket_a_meter ON repair_tickets (meter_id) WHERE closed_utc IS NULL;

ALTER TABLE access_links DROP CONSTRAINT access_links_audience_check;
ALTER TABLE access_links ADD CONSTRAINT access_links_audience_check CHECK (
    audience IN ('maker', 'household', 'landlord', 'operator', 'facilitator', 'guest'));
