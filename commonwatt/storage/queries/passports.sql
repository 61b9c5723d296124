-- issue --
-- Keep a meter's passport as it is now.
INSERT INTO passports (meter_id, issued_utc, document)
VALUES (%(meter_id)s, %(now_utc)s, %(document)s::jsonb);

-- last_passport --
-- The latest passport of a meter.
SELECT document FROM passports WHERE meter_id = %s ORDER BY issued_utc DESC LIMIT 1;

-- have_passport --
-- Which of some meters have a passport.
SELECT DISTINCT meter_id FROM passports WHERE meter_id = ANY(%s);
