-- put_landlord --
-- The landlord of a name, registered if it is new.
INSERT INTO landlords (name) VALUES (%s)
ON CONFLICT (name) DO UPDATE SET name = excluded.name
RETURNING landlord_id;

-- add_account --
-- Open an account.
INSERT INTO accounts (login, password_hash, role, landlord_id, created_utc)
VALUES (%(login)s, %(password_hash)s, %(role)s, %(landlord_id)s, %(now_utc)s);

-- has_accounts --
-- Whether an account was ever opened.
SELECT EXISTS (SELECT FROM accounts);

-- disable_account --
-- Let an account in no more; its sessions end with it.
UPDATE accounts SET disabled_utc = %(now_utc)s WHERE login = %(login)s RETURNING account_id;

-- reset_account --
-- Give an account a new password, and let it in again.
UPDATE accounts SET password_hash = %(password_hash)s, disabled_utc = NULL
WHERE login = %(login)s RETURNING account_id;

-- end_sessions --
-- End every session of an account.
UPDATE sessions SET revoked_utc = %(now_utc)s
WHERE account_id = %(account_id)s AND revoked_utc IS NULL;

-- find_account --
-- The account of a login, if it may come in.
SELECT account_id, password_hash, role, coalesce(landlord_id, 0)
FROM accounts WHERE login = %s AND disabled_utc IS NULL;

-- give_building --
-- Say whose a building is.
UPDATE buildings SET landlord_id = %(landlord_id)s
WHERE building_id = %(building_id)s RETURNING building_id;
