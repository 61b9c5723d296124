-- add_link --
-- Let somebody in by a token.
INSERT INTO access_links (token_hash, audience, subject_id, created_utc, expires_utc)
VALUES (%(token_hash)s, %(audience)s, %(subject_id)s, %(now_utc)s, %(expires_utc)s);

-- find_link --
-- Whom a token lets in; a guest only as long as the household agrees to a coach.
SELECT audience, subject_id FROM access_links WHERE token_hash = %s AND revoked_utc IS NULL AND coalesce(expires_utc, 'infinity') > now()
  AND (audience <> 'guest' OR EXISTS (
      SELECT FROM consents c
      WHERE c.occupancy_id = subject_id AND c.purpose = 'coach' AND c.withdrawn_utc IS NULL));

-- revoke_link --
-- Let a token in no more.
UPDATE access_links SET revoked_utc = %(now_utc)s WHERE token_hash = %(token_hash)s;
