-- watched --
-- What is known of every meter of a workshop that somebody has claimed.
SELECT k.meter_id, m.state,
       greatest(w.opened_utc, (SELECT max(used_utc) FROM claim_codes c WHERE c.meter_id = k.meter_id)),
       s.last_seen_utc,
       (SELECT r.end_utc FROM readings r WHERE r.meter_id = k.meter_id
        ORDER BY r.end_utc DESC LIMIT 1),
       q.code, q.received_utc,
       EXISTS (SELECT FROM (
           SELECT t.tests FROM selftests t WHERE t.meter_id = k.meter_id
           ORDER BY t.received_utc DESC, t.selftest_id DESC LIMIT 1) AS last,
           jsonb_array_elements(last.tests) AS test
           WHERE test->>'key' = 'wifi' AND jsonb_typeof(test->'value') = 'number'
             AND (test->>'value')::double precision < %(poor_wifi_dbm)s)
FROM kits k JOIN meters m USING (meter_id) JOIN workshops w USING (workshop_id)
LEFT JOIN meter_signs s USING (meter_id)
LEFT JOIN LATERAL (
    SELECT code, received_utc FROM quarantine
    WHERE quarantine.meter_id = k.meter_id AND code = ANY(%(codes)s)
    ORDER BY received_utc DESC, quarantine_id DESC LIMIT 1) AS q ON true
WHERE m.state = ANY(%(stages)s)
ORDER BY k.meter_id;

-- open_ticket --
-- Open a ticket; a meter that has one keeps it, with what is now the likely cause.
INSERT INTO repair_tickets (meter_id, cause, opened_utc)
VALUES (%(meter_id)s, %(cause)s, %(now_utc)s)
ON CONFLICT (meter_id) WHERE closed_utc IS NULL DO UPDATE SET cause = excluded.cause
RETURNING ticket_id, opened_utc = %(now_utc)s;

-- close_tickets --
-- Close the tickets of meters that are well again.
UPDATE repair_tickets SET closed_utc = greatest(opened_utc, %(now_utc)s)
WHERE closed_utc IS NULL AND NOT (meter_id = ANY(%(faulty_ids)s))
RETURNING meter_id;

-- open_tickets --
-- The open tickets of some meters.
SELECT meter_id, cause, opened_utc FROM repair_tickets
WHERE closed_utc IS NULL AND meter_id = ANY(%s) ORDER BY opened_utc, ticket_id;

-- all_open --
-- Every open ticket with its meter and its workshop.
SELECT serial, place, cause, t.opened_utc
FROM repair_tickets t JOIN kits USING (meter_id) JOIN meters USING (meter_id)
JOIN workshops USING (workshop_id)
WHERE closed_utc IS NULL ORDER BY t.opened_utc, ticket_id;
