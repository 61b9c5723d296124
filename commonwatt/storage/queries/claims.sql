-- add_code --
-- Allot a claim code; only the hash of its secret part is kept.
INSERT INTO claim_codes (locator, meter_id, verifier_hash, created_utc, expires_utc)
VALUES (%(locator)s, %(meter_id)s, %(verifier_hash)s, %(now_utc)s, %(expires_utc)s)
ON CONFLICT (locator) DO NOTHING;

-- withdraw_codes --
-- Take back a meter's open code.
UPDATE claim_codes SET withdrawn_utc = %(now_utc)s
WHERE meter_id = %(meter_id)s AND used_utc IS NULL AND withdrawn_utc IS NULL;

-- hold_meter --
-- The stage of a code's meter, held to the end: meters before codes, as everywhere, so nobody waits in a ring.
SELECT m.state FROM claim_codes c JOIN meters m USING (meter_id) WHERE c.locator = %s
FOR NO KEY UPDATE OF m;

-- find_code --
-- The code of a locator, held, so that of two who redeem it one waits.
SELECT meter_id, verifier_hash, failed_tries, expires_utc, used_utc IS NOT NULL, withdrawn_utc IS NOT NULL
FROM claim_codes WHERE locator = %s
FOR UPDATE;

-- last_proof --
-- When a meter last showed that it is in somebody's hands: a fresh reading, hello or button.
-- GREATEST passes over what is unknown. A clock may run ahead by as much as a reading may.
SELECT greatest(
    (SELECT max(end_utc) FROM readings WHERE meter_id = %(meter_id)s
        AND end_utc >= %(fresh_from_utc)s AND end_utc <= %(ahead_utc)s),
    (SELECT at_utc FROM presences WHERE meter_id = %(meter_id)s));

-- count_try --
-- A try failed.
UPDATE claim_codes SET failed_tries = failed_tries + 1 WHERE locator = %s;

-- use_code --
-- The code has done its work.
UPDATE claim_codes SET used_utc = %(now_utc)s WHERE locator = %(locator)s;

-- open_codes --
-- Until when the open codes of some meters hold.
SELECT meter_id, expires_utc FROM claim_codes
WHERE meter_id = ANY(%s) AND used_utc IS NULL AND withdrawn_utc IS NULL;
