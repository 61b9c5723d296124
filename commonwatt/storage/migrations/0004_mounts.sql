-- Where a meter that speaks another language publishes, and what its adapter has to know of it.
-- A topic below two mounts belongs to the longer one; protocol v1 has its own place, cw/v1/{serial}.
CREATE TABLE mounts (
    topic_prefix text PRIMARY KEY CHECK (
        topic_prefix ~ '^[^/#+\s][^#+\s]*[^/#+\s]$' AND topic_prefix !~ '^(cw|\$)'
        AND char_length(topic_prefix) <= 100),
    meter_id     integer NOT NULL REFERENCES meters,
    language     text NOT NULL CHECK (language ~ '^[a-z0-9_]{2,30}$'),
    settings     jsonb NOT NULL DEFAULT '{}'
);
