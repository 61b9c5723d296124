-- copy_readings --
-- The fast way in: a binary COPY straight into the table, refused whole if one key is there already.
COPY readings (meter_id, end_utc, log, n, boot, duration_s, flags, register_wh, power_w, apparent_va)
FROM STDIN (FORMAT BINARY);

-- make_incoming --
-- A waiting room for batches that may hold duplicates.
CREATE TEMPORARY TABLE IF NOT EXISTS incoming (LIKE readings) ON COMMIT DELETE ROWS;

-- copy_incoming --
-- Fill the waiting room.
COPY incoming (meter_id, end_utc, log, n, boot, duration_s, flags, register_wh, power_w, apparent_va)
FROM STDIN (FORMAT BINARY);

-- drop_retimed --
-- Take out of the waiting room what has the log and the number of another reading, at most a day away, that
-- stands in the table or was told before it.
WITH told AS (
    SELECT ctid AS place, meter_id, log, n, end_utc,
           first_value(end_utc) OVER (PARTITION BY meter_id, log, n ORDER BY ctid) AS first_utc
    FROM incoming
    WHERE log >= 0),
retimed AS (
    SELECT place
    FROM told i
    LEFT JOIN LATERAL (
        SELECT true AS stands FROM readings r
        WHERE r.meter_id = i.meter_id AND r.end_utc = i.end_utc AND r.log = i.log AND r.n = i.n
        LIMIT 1) same ON true
    LEFT JOIN LATERAL (
        SELECT true AS stands FROM readings r
        WHERE same.stands IS NULL AND r.meter_id = i.meter_id AND r.log = i.log AND r.n = i.n
          AND r.end_utc >= i.end_utc - interval '1 day' AND r.end_utc <= i.end_utc + interval '1 day'
        LIMIT 1) other ON true
    WHERE same.stands IS NULL
      AND (other.stands OR i.end_utc <> i.first_utc
           AND i.end_utc BETWEEN i.first_utc - interval '1 day' AND i.first_utc + interval '1 day'))
DELETE FROM incoming i USING retimed WHERE i.ctid = retimed.place
RETURNING i.meter_id, extract(epoch FROM i.end_utc)::bigint, i.log, i.n;

-- differing --
-- What stands in the waiting room and, by the same key with other content, in the table.
SELECT i.meter_id, extract(epoch FROM i.end_utc)::bigint, i.log, i.n
FROM incoming i
CROSS JOIN LATERAL (
    SELECT FROM readings r
    WHERE r.meter_id = i.meter_id AND r.end_utc = i.end_utc AND r.log = i.log AND r.n = i.n
      AND (r.boot, r.duration_s, r.flags, r.register_wh, r.power_w, r.apparent_va)
          IS DISTINCT FROM (i.boot, i.duration_s, i.flags, i.register_wh, i.power_w, i.apparent_va)
    LIMIT 1) other;

-- admit_incoming --
-- Let in what is not there yet.
INSERT INTO readings (meter_id, end_utc, log, n, boot, duration_s, flags, register_wh, power_w, apparent_va)
SELECT meter_id, end_utc, log, n, boot, duration_s, flags, register_wh, power_w, apparent_va FROM incoming
ON CONFLICT DO NOTHING;

-- empty_incoming --
-- Clear the waiting room for the next batch of the same transaction.
TRUNCATE incoming;

-- readings_between --
-- One meter's readings that end within a stretch, in order.
SELECT extract(epoch FROM end_utc)::double precision, log, n, boot, duration_s, register_wh, power_w
FROM readings
WHERE meter_id = %(meter_id)s AND end_utc >= %(start_utc)s AND end_utc <= %(end_utc)s
ORDER BY end_utc, log, n;

-- readings_before --
-- The last few readings of a meter before an instant, latest first.
SELECT extract(epoch FROM end_utc)::double precision, log, n, boot, duration_s, register_wh, power_w
FROM readings
WHERE meter_id = %(meter_id)s AND end_utc < %(end_utc)s
ORDER BY end_utc DESC, log DESC, n DESC
LIMIT %(limit)s;

-- readings_after --
-- The first few readings of a meter after an instant.
SELECT extract(epoch FROM end_utc)::double precision, log, n, boot, duration_s, register_wh, power_w
FROM readings
WHERE meter_id = %(meter_id)s AND end_utc > %(start_utc)s
ORDER BY end_utc, log, n
LIMIT %(limit)s;

-- count_between --
-- How many readings of a meter end within a stretch, and how many seconds they speak of.
SELECT count(*), coalesce(sum(duration_s), 0) FROM readings
WHERE meter_id = %(meter_id)s AND end_utc > %(start_utc)s AND end_utc <= %(end_utc)s;

-- mark_dirty --
-- Say that a stretch's rollups no longer equal the readings.
INSERT INTO dirty_spans (meter_id, start_utc, end_utc)
SELECT * FROM unnest(%(meter_ids)s::integer[], %(starts_utc)s::timestamptz[], %(ends_utc)s::timestamptz[]);

-- see_meters --
-- Note signs of life; an older power never replaces a newer one.
INSERT INTO meter_signs AS s (meter_id, last_seen_utc, online, power_w, power_utc)
SELECT * FROM unnest(%(meter_ids)s::integer[], %(seen_utc)s::timestamptz[], %(online)s::boolean[],
                     %(powers_w)s::real[], %(powers_utc)s::timestamptz[])
ON CONFLICT (meter_id) DO UPDATE SET
    last_seen_utc = greatest(s.last_seen_utc, excluded.last_seen_utc),
    online = excluded.online,
    power_w = CASE WHEN excluded.power_utc >= coalesce(s.power_utc, '-infinity')
                   THEN excluded.power_w ELSE s.power_w END,
    power_utc = greatest(s.power_utc, excluded.power_utc);

-- learn_boots --
-- Keep the first anchor known of each boot.
INSERT INTO boots (meter_id, boot, started_utc)
SELECT * FROM unnest(%(meter_ids)s::integer[], %(boots)s::integer[], %(starts_utc)s::timestamptz[])
ON CONFLICT DO NOTHING;

-- boots_of --
-- When each boot of these meters began.
SELECT meter_id, boot, extract(epoch FROM started_utc)::bigint FROM boots
WHERE meter_id = ANY(%(meter_ids)s);

-- put_aside --
-- Keep what could not be used, with the reason.
INSERT INTO quarantine (received_utc, meter_id, topic, code, detail, payload)
SELECT * FROM unnest(%(received_utc)s::timestamptz[], %(meter_ids)s::integer[], %(topics)s::text[],
                     %(codes)s::text[], %(details)s::text[], %(payloads)s::bytea[]);

-- count_refused --
-- Count what could not be used.
INSERT INTO refused_counts AS c (day, meter_id, code, refusals)
SELECT %(day)s, * FROM unnest(%(meter_ids)s::integer[], %(codes)s::text[], %(refusals)s::bigint[])
ON CONFLICT (day, meter_id, code) DO UPDATE SET refusals = c.refusals + excluded.refusals;

-- refused_since --
-- How many messages and records could not be used since a day, by reason.
SELECT code, sum(refusals)::bigint FROM refused_counts
WHERE day >= %(day)s AND (%(meter_id)s::integer IS NULL OR meter_id = %(meter_id)s)
GROUP BY code ORDER BY 2 DESC, 1;

-- last_put_aside --
-- The last things refused, of one meter or of all, latest first.
SELECT received_utc, serial, topic, code, detail
FROM quarantine LEFT JOIN meters USING (meter_id)
WHERE %(meter_id)s::integer IS NULL OR meter_id = %(meter_id)s
ORDER BY received_utc DESC, quarantine_id DESC
LIMIT %(limit)s;
