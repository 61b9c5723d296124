-- set_secret --
-- Give a meter a secret, its first or a new one; whatever stood against it is over.
INSERT INTO credentials (meter_id, broker_hash, digest, changed_utc)
VALUES (%(meter_id)s, %(broker_hash)s, %(digest)s, %(now_utc)s)
ON CONFLICT (meter_id) DO UPDATE SET
    broker_hash = excluded.broker_hash, digest = excluded.digest, state = 'active',
    reason = NULL, until_utc = NULL, changed_utc = excluded.changed_utc;

-- suspend --
-- Let a meter's secret open nothing until an instant, or until somebody resumes it.
UPDATE credentials
SET state = 'suspended', reason = %(reason)s, until_utc = %(until_utc)s, changed_utc = %(now_utc)s
WHERE meter_id = %(meter_id)s AND state <> 'revoked';

-- resume --
-- Let a suspended secret open again what it opened.
UPDATE credentials
SET state = 'active', reason = NULL, until_utc = NULL, changed_utc = %(now_utc)s
WHERE meter_id = %(meter_id)s AND state = 'suspended';

-- revoke --
-- Let a secret open nothing any more; only a new one helps.
UPDATE credentials
SET state = 'revoked', reason = %(reason)s, until_utc = NULL, changed_utc = %(now_utc)s
WHERE meter_id = %(meter_id)s AND state <> 'revoked';

-- credential --
-- How a meter's secret stands.
SELECT state, reason, until_utc, changed_utc FROM credentials WHERE meter_id = %s;

-- broker_hashes --
-- What the broker must know of every meter that may speak now.
SELECT m.serial, c.broker_hash
FROM credentials c JOIN meters m USING (meter_id)
WHERE m.state NOT IN ('printed', 'assembled', 'retired')
  AND (c.state = 'active' OR c.state = 'suspended' AND c.until_utc <= %(now_utc)s)
ORDER BY m.serial;

-- owner --
-- The meter whose secret has this digest, if it may speak now.
SELECT m.meter_id, m.serial, m.variant, m.state, m.p_max_w, m.backlog_days
FROM credentials c JOIN meters m USING (meter_id)
WHERE c.digest = %(digest)s AND m.state NOT IN ('printed', 'assembled', 'retired')
  AND (c.state = 'active' OR c.state = 'suspended' AND c.until_utc <= %(now_utc)s);

-- suspended --
-- Every meter that is suspended now, until when if that is known.
SELECT m.serial, c.until_utc
FROM credentials c JOIN meters m USING (meter_id)
WHERE c.state = 'suspended' AND (c.until_utc IS NULL OR c.until_utc > %(now_utc)s);

-- listen --
-- Hear of changes from now on.
LISTEN credentials;
