-- What households agreed with their suppliers, as it was told and corrected, and Tempo's colours.

-- A correction withdraws a row and enters another: nothing is overwritten, so that what was
-- believed at any time can be told. off_peak: a list of
-- {"valid_from": day, "seasons": [{"first_month", "first_day", "windows": [[start, end], ...]}]},
-- with windows in minutes of the local day.
CREATE TABLE contracts (
    contract_id    integer GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    occupancy_id   integer NOT NULL REFERENCES occupancies,
    valid_from     date NOT NULL,
    valid_to       date CHECK (valid_to >= valid_from),
    offer          text NOT NULL CHECK (char_length(offer) BETWEEN 1 AND 40),
    option         text NOT NULL CHECK (option IN ('base', 'off_peak', 'tempo')),
    subscribed_kva integer NOT NULL CHECK (subscribed_kva BETWEEN 1 AND 36),
    off_peak       jsonb NOT NULL CHECK (jsonb_typeof(off_peak) = 'array'),
    entered_utc    timestamptz NOT NULL,
    withdrawn_utc  timestamptz CHECK (withdrawn_utc >= entered_utc)
);
CREATE UNIQUE INDEX one_contract_from_a_day ON contracts (occupancy_id, valid_from)
WHERE withdrawn_utc IS NULL;

-- The colour of the Tempo day that begins at 6:00 of a local day, and who said so.
CREATE TABLE tempo_colours (
    day    date PRIMARY KEY,
    colour text NOT NULL CHECK (colour IN ('blue', 'white', 'red')),
    source text NOT NULL CHECK (char_length(source) BETWEEN 1 AND 200)
);
