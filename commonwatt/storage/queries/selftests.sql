-- keep_selftest --
-- Keep the result of a self-test; a run sent again changes nothing.
INSERT INTO selftests (meter_id, run, received_utc, firmware, firmware_sha256, bench, gain, tests, is_passed)
VALUES (%(meter_id)s, %(run)s, %(received_utc)s, %(firmware)s, %(firmware_sha256)s, %(bench)s,
        %(gain)s, %(tests)s::jsonb, %(is_passed)s)
ON CONFLICT (meter_id, run) DO NOTHING;

-- last_selftests --
-- The last self-test of each of some meters.
SELECT DISTINCT ON (meter_id) meter_id, run::text, received_utc, firmware, firmware_sha256, bench, gain, tests
FROM selftests WHERE meter_id = ANY(%s)
ORDER BY meter_id, received_utc DESC, selftest_id DESC;

-- note_presence --
-- A meter said hello or its button was pressed.
INSERT INTO presences AS p (meter_id, at_utc) VALUES (%(meter_id)s, %(at_utc)s)
ON CONFLICT (meter_id) DO UPDATE SET at_utc = greatest(p.at_utc, excluded.at_utc);
