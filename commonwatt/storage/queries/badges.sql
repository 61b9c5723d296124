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
