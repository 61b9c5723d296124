-- Households that let their own home automation listen: a name and a secret on the broker for reading alone.
-- told_wh never falls, whatever is computed anew; an ended one waits until what was retained is taken back.
CREATE TABLE announcements (
    occupancy_id integer PRIMARY KEY REFERENCES occupancies,
    listener     text NOT NULL UNIQUE CHECK (listener ~ '^out-[0-9a-f]{16}$'),
    broker_hash  text NOT NULL,
    since_utc    timestamptz NOT NULL,
    ended_utc    timestamptz,
    told_wh      double precision NOT NULL DEFAULT 0 CHECK (told_wh BETWEEN 0 AND 1e15)
);
CREATE TRIGGER credentials_change AFTER INSERT OR UPDATE OF broker_hash, ended_utc OR DELETE ON announcements
    FOR EACH STATEMENT EXECUTE FUNCTION tell_credentials();
