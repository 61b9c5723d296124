-- add_link --
-- Let somebody in by a token.
INSERT INTO access_links (token_hash, audience, subject_id, created_utc)
VALUES (%(token_hash)s, %(audience)s, %(subject_id)s, %(now_utc)s);

-- find_link --
-- Whom a token lets in.
SELECT audience, subject_id FROM access_links WHERE token_hash = %s AND revoked_utc IS NULL;

-- revoke_link --
-- Let a token in no more.
UPDATE access_links SET revoked_utc = %(now_utc)s WHERE token_hash = %(token_hash)s;
