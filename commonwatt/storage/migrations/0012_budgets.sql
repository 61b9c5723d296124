-- What households want to spend on electricity in a month; and consents are kept in the words that were read.

COMMENT ON COLUMN consent_events.text_sha256 IS
    'Of the text as it was read; text_version says in which language.';

CREATE TABLE budgets (
    occupancy_id integer PRIMARY KEY REFERENCES occupancies,
    month_eur    double precision NOT NULL CHECK (month_eur BETWEEN 1 AND 10000),
    set_utc      timestamptz NOT NULL
);
ALTER TABLE budgets ALTER month_eur SET STATISTICS 0;
ALTER TABLE budgets ENABLE ROW LEVEL SECURITY;
CREATE POLICY web ON budgets TO commonwatt_web
    USING (occupancy_id = (SELECT app_subject('household')));
CREATE POLICY web_guest ON budgets FOR SELECT TO commonwatt_web
    USING (occupancy_id = (SELECT app_subject('guest')));
GRANT SELECT, INSERT, UPDATE, DELETE ON budgets TO commonwatt_web;
