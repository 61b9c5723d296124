-- add_link --
-- Let somebody in by a token.
INSERT INTO access_links (token_hash, audience, subject_id, created_utc, expires_utc, asks_pin)
VALUES (%(token_hash)s, %(audience)s, %(subject_id)s, %(now_utc)s, %(expires_utc)s, %(asks_pin)s);

-- find_link --
-- Whom a token lets in.
SELECT audience, subject_id, asks_pin FROM open_links WHERE token_hash = %s;

-- revoke_link --
-- Let a token in no more.
UPDATE access_links SET revoked_utc = %(now_utc)s WHERE token_hash = %(token_hash)s;
