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

-- give_badge --
-- Keep a signed badge; one given anew replaces it.
INSERT INTO badges (meter_id, kind, given_utc, jws)
VALUES (%(meter_id)s, %(kind)s, %(now_utc)s, %(jws)s)
ON CONFLICT (meter_id, kind) DO UPDATE SET given_utc = excluded.given_utc, jws = excluded.jws;

-- badges_of --
-- The kinds of badges given with some meters.
SELECT meter_id, kind FROM badges WHERE meter_id = ANY(%s);

-- badge --
-- A badge as it was signed.
SELECT jws FROM badges WHERE meter_id = %(meter_id)s AND kind = %(kind)s;
