-- lock_contracts --
-- Let nobody else change the contracts of a household until this transaction ends.
SELECT 1 FROM occupancies WHERE occupancy_id = %(occupancy_id)s FOR UPDATE;

-- withdraw_contract --
-- Say that a contract is no longer believed; it is kept.
UPDATE contracts SET withdrawn_utc = %(at_utc)s
WHERE occupancy_id = %(occupancy_id)s AND valid_from = %(valid_from)s AND withdrawn_utc IS NULL;

-- enter_contract --
-- Enter a contract of a household.
INSERT INTO contracts (occupancy_id, valid_from, valid_to, offer, option, subscribed_kva, off_peak,
                       entered_utc)
VALUES (%(occupancy_id)s, %(valid_from)s, %(valid_to)s, %(offer)s, %(option)s, %(subscribed_kva)s,
        %(off_peak)s, %(at_utc)s);

-- contracts_of --
-- The contracts of a household as they were believed at an instant, or as they are without one.
SELECT valid_from, option, subscribed_kva, off_peak, valid_to, offer
FROM contracts
WHERE occupancy_id = %(occupancy_id)s
  AND CASE WHEN %(known_utc)s::timestamptz IS NULL THEN withdrawn_utc IS NULL
           ELSE entered_utc <= %(known_utc)s
                AND coalesce(withdrawn_utc, 'infinity') > %(known_utc)s END
ORDER BY valid_from;

-- save_colours --
-- Keep the colours of Tempo days; what is said last stands.
INSERT INTO tempo_colours (day, colour, source)
SELECT day, colour, %(source)s
FROM unnest(%(days)s::date[], %(colours)s::text[]) AS told (day, colour)
ON CONFLICT (day) DO UPDATE SET colour = excluded.colour, source = excluded.source;

-- colours_between --
-- The known colours of a stretch of Tempo days, both ends included.
SELECT day, colour FROM tempo_colours
WHERE day BETWEEN %(first_day)s AND %(last_day)s
ORDER BY day;
