-- The ground plan: homes, meters, what meters said, what was refused, and the two rollup tiers.

CREATE TABLE buildings (
    building_id integer GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    name        text NOT NULL UNIQUE CHECK (char_length(name) BETWEEN 1 AND 80)
);

CREATE TABLE dwellings (
    dwelling_id integer GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    building_id integer NOT NULL REFERENCES buildings,
    stairwell   text NOT NULL CHECK (char_length(stairwell) <= 40),
    label       text NOT NULL CHECK (char_length(label) BETWEEN 1 AND 40),
    UNIQUE (building_id, stairwell, label)
);

-- A household in a dwelling between two dates; data belong to it, not to the flat.
-- Moves happen on half-hours, so that no half-hour is ever shared by two households.
CREATE TABLE occupancies (
    occupancy_id integer GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    dwelling_id  integer NOT NULL REFERENCES dwellings,
    start_utc    timestamptz NOT NULL CHECK (extract(epoch FROM start_utc)::bigint % 1800 = 0),
    end_utc      timestamptz CHECK (extract(epoch FROM end_utc)::bigint % 1800 = 0),
    CHECK (end_utc > start_utc),
    CONSTRAINT one_household_at_a_time EXCLUDE USING gist (
        int4range(dwelling_id, dwelling_id, '[]') WITH &&,
        tstzrange(start_utc, end_utc) WITH &&
    )
);

CREATE TABLE consents (
    occupancy_id  integer NOT NULL REFERENCES occupancies,
    purpose       text NOT NULL CHECK (purpose IN ('building_figures')),
    given_utc     timestamptz NOT NULL,
    withdrawn_utc timestamptz CHECK (withdrawn_utc >= given_utc),
    PRIMARY KEY (occupancy_id, purpose, given_utc)
);

-- backlog_days: how old a reading may be when it arrives; NULL for recordings imported for study.
CREATE TABLE meters (
    meter_id     integer GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    serial       text NOT NULL UNIQUE CHECK (serial ~ '^cw-[0-9a-hjkmnp-tv-z]{7}$'),
    variant      text NOT NULL CHECK (variant IN ('led', 'tic_h', 'tic_s', 'ct', 'sim')),
    state        text NOT NULL DEFAULT 'provisioned' CHECK (state IN (
        'printed', 'assembled', 'provisioned', 'tested', 'claimed', 'live', 'silent', 'retired')),
    secret_hash  text,
    p_max_w      integer NOT NULL DEFAULT 12000 CHECK (p_max_w BETWEEN 1000 AND 100000),
    backlog_days integer DEFAULT 30 CHECK (backlog_days > 0)
);

-- Which meter hung where, from when to when.
CREATE TABLE installations (
    installation_id integer GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    meter_id        integer NOT NULL REFERENCES meters,
    dwelling_id     integer NOT NULL REFERENCES dwellings,
    start_utc       timestamptz NOT NULL CHECK (extract(epoch FROM start_utc)::bigint % 1800 = 0),
    end_utc         timestamptz CHECK (extract(epoch FROM end_utc)::bigint % 1800 = 0),
    CHECK (end_utc > start_utc),
    CONSTRAINT a_meter_hangs_in_one_place EXCLUDE USING gist (
        int4range(meter_id, meter_id, '[]') WITH &&,
        tstzrange(start_utc, end_utc) WITH &&
    ),
    CONSTRAINT one_meter_a_dwelling EXCLUDE USING gist (
        int4range(dwelling_id, dwelling_id, '[]') WITH &&,
        tstzrange(start_utc, end_utc) WITH &&
    )
);

-- When each boot of a meter without a clock began; the first anchor known is kept for good.
CREATE TABLE boots (
    meter_id    integer NOT NULL REFERENCES meters,
    boot        integer NOT NULL,
    started_utc timestamptz NOT NULL,
    PRIMARY KEY (meter_id, boot)
);

-- What meters said, as it came. BETWEEN refuses NaN and the infinities.
-- The key is the meter's own sequence (log, n); end_utc stands in it because a hypertable asks for it.
-- No foreign key: the writer knows its meters, and the check would cost a third of the rate.
CREATE TABLE readings (
    meter_id    integer NOT NULL,
    end_utc     timestamptz NOT NULL CHECK (isfinite(end_utc)),
    log         bigint NOT NULL CHECK (log BETWEEN -1 AND 4294967295),
    n           bigint NOT NULL CHECK (n >= 0),
    boot        integer NOT NULL,
    duration_s  integer NOT NULL CHECK (duration_s BETWEEN 1 AND 3600),
    flags       integer NOT NULL,
    register_wh double precision CHECK (register_wh BETWEEN 0 AND 4294967295),
    power_w     real CHECK (power_w BETWEEN -100000 AND 100000),
    apparent_va real CHECK (apparent_va BETWEEN 0 AND 100000)
);

DO $$
BEGIN
    IF current_setting('shared_preload_libraries') LIKE '%timescaledb%' THEN
        CREATE EXTENSION IF NOT EXISTS timescaledb;
        PERFORM create_hypertable('readings', 'end_utc',
            chunk_time_interval => interval '7 days', create_default_indexes => false);
    END IF;
END
$$;

CREATE UNIQUE INDEX readings_key ON readings (meter_id, end_utc, log, n);

-- The last sign of life and the last power of each meter.
CREATE TABLE meter_signs (
    meter_id      integer PRIMARY KEY REFERENCES meters,
    last_seen_utc timestamptz NOT NULL,
    online        boolean NOT NULL,
    power_w       real CHECK (power_w BETWEEN -100000 AND 100000),
    power_utc     timestamptz
);

-- Messages and records that could not be used, with the reason's code and the bytes as they came.
CREATE TABLE quarantine (
    quarantine_id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    received_utc  timestamptz NOT NULL,
    meter_id      integer REFERENCES meters,
    topic         text NOT NULL,
    code          text NOT NULL,
    detail        text NOT NULL,
    payload       bytea NOT NULL
);
CREATE INDEX quarantine_by_meter ON quarantine (meter_id, received_utc DESC);

-- Stretches whose rollups no longer equal the readings; marked in the writer's own transaction.
CREATE TABLE dirty_spans (
    dirty_id  bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    meter_id  integer NOT NULL,
    start_utc timestamptz NOT NULL,
    end_utc   timestamptz NOT NULL
);

-- A half-hour of which nothing is known has no row; the three parts say how the rest is known.
CREATE TABLE half_hours (
    meter_id     integer NOT NULL,
    start_utc    timestamptz NOT NULL,
    register_wh  double precision NOT NULL CHECK (register_wh BETWEEN -1e12 AND 1e12),
    power_wh     double precision NOT NULL CHECK (power_wh BETWEEN -1e12 AND 1e12),
    estimated_wh double precision NOT NULL CHECK (estimated_wh BETWEEN -1e12 AND 1e12),
    covered_s    double precision NOT NULL CHECK (covered_s BETWEEN 0 AND 1800),
    PRIMARY KEY (meter_id, start_utc)
);

-- Local days of Europe/Paris: sums of their 46, 48 or 50 half-hours.
CREATE TABLE days (
    meter_id     integer NOT NULL,
    day          date NOT NULL,
    register_wh  double precision NOT NULL CHECK (register_wh BETWEEN -1e12 AND 1e12),
    power_wh     double precision NOT NULL CHECK (power_wh BETWEEN -1e12 AND 1e12),
    estimated_wh double precision NOT NULL CHECK (estimated_wh BETWEEN -1e12 AND 1e12),
    covered_s    double precision NOT NULL CHECK (covered_s BETWEEN 0 AND 90000),
    PRIMARY KEY (meter_id, day)
);

-- A month's sum that a landlord has been shown; it is never computed again.
CREATE TABLE released_months (
    building_id  integer NOT NULL REFERENCES buildings,
    month        date NOT NULL CHECK (extract(day FROM month) = 1),
    homes        integer NOT NULL CHECK (homes > 0),
    energy_wh    double precision NOT NULL CHECK (energy_wh BETWEEN 0 AND 1e15),
    coverage     double precision NOT NULL CHECK (coverage BETWEEN 0 AND 1),
    released_utc timestamptz NOT NULL,
    PRIMARY KEY (building_id, month)
);

-- What lets somebody in: only the hash of a link's token is kept.
CREATE TABLE access_links (
    token_hash  bytea PRIMARY KEY,
    audience    text NOT NULL CHECK (audience IN ('maker', 'household', 'landlord', 'operator')),
    subject_id  integer NOT NULL,
    created_utc timestamptz NOT NULL,
    revoked_utc timestamptz
);
