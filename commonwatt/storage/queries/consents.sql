-- add_event --
-- Enter a yes or a no of a household.
INSERT INTO consent_events (person, purpose, recipient, granularity, event, at_utc, text_version, text_sha256)
SELECT person, %(purpose)s, %(recipient)s, %(granularity)s, %(event)s, %(at_utc)s, %(version)s, %(sha256)s
FROM occupancies WHERE occupancy_id = %(occupancy_id)s;

-- standing --
-- Whether a household agrees to a purpose now.
SELECT granularity FROM consents
WHERE occupancy_id = %(occupancy_id)s AND purpose = %(purpose)s AND withdrawn_utc IS NULL
ORDER BY given_utc DESC LIMIT 1;

-- history --
-- Each yes of a household and when it was taken back, in order.
SELECT purpose, recipient, granularity, given_utc, withdrawn_utc, text_version, text_sha256
FROM consents WHERE occupancy_id = %s ORDER BY given_utc, purpose;

-- paused_meters --
-- Meters that now measure a household which took back its first consent.
SELECT i.meter_id
FROM (SELECT DISTINCT person FROM consent_events WHERE purpose = 'own_view' AND event = 'withdrawn') w
JOIN occupancies o USING (person) JOIN installations i USING (dwelling_id)
WHERE is_paused(o.occupancy_id) AND now() <@ tstzrange(o.start_utc, o.end_utc)
  AND now() <@ tstzrange(i.start_utc, i.end_utc);

-- seal_pause --
-- Say of each meter of a household that nothing is known of its pause.
SELECT seal_pause(%(occupancy_id)s, %(until_utc)s);

-- paper_homes --
-- Households of a stairwell that agree to be printed, live there now and lived there before an instant.
SELECT o.occupancy_id
FROM buildings b JOIN dwellings d USING (building_id) JOIN occupancies o USING (dwelling_id)
JOIN consents c USING (occupancy_id)
WHERE b.name = %(building)s AND d.stairwell = %(stairwell)s
  AND c.purpose = 'paper' AND c.withdrawn_utc IS NULL AND NOT is_paused(o.occupancy_id)
  AND o.start_utc < %(before_utc)s AND %(now_utc)s <@ tstzrange(o.start_utc, o.end_utc)
ORDER BY d.label;
