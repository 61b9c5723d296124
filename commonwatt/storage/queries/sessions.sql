-- add_session --
-- Begin a session of a link or of an account.
INSERT INTO sessions (token_hash, link_hash, account_id, created_utc, used_utc, expires_utc)
VALUES (%(token_hash)s, %(link_hash)s, %(account_id)s, %(now_utc)s, %(now_utc)s, %(expires_utc)s);

-- find_session --
-- Whom a session lets in: it lives as long as its link or its account does.
SELECT coalesce(l.audience, a.role), coalesce(l.subject_id, a.landlord_id, 0), s.used_utc
FROM sessions s
LEFT JOIN open_links l ON l.token_hash = s.link_hash
LEFT JOIN accounts a ON a.account_id = s.account_id AND a.disabled_utc IS NULL
WHERE s.token_hash = %(token_hash)s AND s.revoked_utc IS NULL AND s.expires_utc > %(now_utc)s
  AND num_nonnulls(l.token_hash, a.account_id) = 1;

-- touch_session --
-- Say when a session was last used.
UPDATE sessions SET used_utc = %(now_utc)s WHERE token_hash = %(token_hash)s;

-- revoke_session --
-- End a session for good.
UPDATE sessions SET revoked_utc = %(now_utc)s
WHERE token_hash = %(token_hash)s AND revoked_utc IS NULL;
