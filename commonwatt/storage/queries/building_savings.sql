-- begun_actions --
-- Every action that has begun, and what was decided about it before.
SELECT a.action_id, a.building_id, a.start_day, a.end_day, s.end_day, s.frozen_reason IS NOT NULL
FROM actions a LEFT JOIN building_savings s USING (action_id)
WHERE a.start_day < %(today)s ORDER BY a.action_id;

-- waiting_buildings --
-- The same landlord's other buildings in which nothing was done in a stretch of days.
SELECT o.building_id FROM buildings b JOIN buildings o USING (landlord_id)
WHERE b.building_id = %(building_id)s AND o.building_id <> b.building_id
  AND NOT EXISTS (SELECT FROM actions a WHERE a.building_id = o.building_id
      AND a.start_day < %(last)s AND coalesce(a.end_day, 'infinity') >= %(first)s)
ORDER BY o.building_id;

-- home_days --
-- The days of homes that are on their way into a sum; a day counts if it lies in the household's stay.
SELECT o.occupancy_id, e.day - date '1970-01-01',
       sum(e.register_wh + e.power_wh + e.estimated_wh), sum(e.covered_s)
FROM occupancies o JOIN installations i USING (dwelling_id) JOIN days e USING (meter_id)
WHERE o.occupancy_id = ANY(%(occupancies)s) AND e.day >= %(first)s AND e.day < %(last)s
  AND e.day::timestamp AT TIME ZONE %(zone)s >= greatest(o.start_utc, i.start_utc)
  AND (e.day + 1)::timestamp AT TIME ZONE %(zone)s
      <= least(coalesce(o.end_utc, 'infinity'), coalesce(i.end_utc, 'infinity'))
GROUP BY o.occupancy_id, e.day ORDER BY o.occupancy_id, e.day;

-- told_groups --
-- The homes an action was told of: those of its building, and those that wait.
SELECT building_id IS NULL, array_agg(occupancy_id ORDER BY occupancy_id)
FROM release_cells JOIN release_members USING (cell_id)
WHERE action_id = %s GROUP BY cell_id, building_id;

-- extend_groups --
-- Say that an action's cohorts are told of up to a later month.
UPDATE release_cells SET last_month = %(last_month)s WHERE action_id = %(action_id)s;

-- freeze_saving --
-- Leave figures as they are, and say why.
UPDATE building_savings SET frozen_reason = %(reason)s WHERE action_id = %(action_id)s;

-- put_saving --
-- Tell what was found, in place of what was told of fewer months.
INSERT INTO building_savings (action_id, building_id, start_day, end_day, verdict, reason, homes,
    waiting_homes, share, low, high, saved_kwh, expected_kwh, detectable, placebo_low, placebo_high,
    coverage, weeks_to_go, decided_utc)
VALUES (%(action_id)s, %(building_id)s, %(start_day)s, %(end_day)s, %(verdict)s, %(reason)s,
    %(homes)s, %(waiting_homes)s, %(share)s, %(low)s, %(high)s, %(saved_kwh)s, %(expected_kwh)s,
    %(detectable)s, %(placebo_low)s, %(placebo_high)s, %(coverage)s, %(weeks_to_go)s, %(now_utc)s)
ON CONFLICT (action_id) DO UPDATE SET
    start_day = excluded.start_day, end_day = excluded.end_day, verdict = excluded.verdict,
    reason = excluded.reason, homes = excluded.homes, waiting_homes = excluded.waiting_homes,
    share = excluded.share, low = excluded.low, high = excluded.high,
    saved_kwh = excluded.saved_kwh, expected_kwh = excluded.expected_kwh,
    detectable = excluded.detectable, placebo_low = excluded.placebo_low,
    placebo_high = excluded.placebo_high, coverage = excluded.coverage,
    weeks_to_go = excluded.weeks_to_go, decided_utc = excluded.decided_utc;

-- told_savings --
-- What a landlord is told of a building's actions, the latest first.
SELECT a.kind, a.start_day, a.end_day, a.note, s.action_id, s.start_day, s.end_day, s.verdict,
       s.reason, s.frozen_reason, s.homes, s.waiting_homes, s.share, s.low, s.high, s.saved_kwh,
       s.expected_kwh, s.detectable, s.placebo_low, s.placebo_high, s.coverage, s.weeks_to_go
FROM actions a LEFT JOIN building_savings s USING (action_id)
WHERE a.building_id = %s ORDER BY a.start_day DESC, a.action_id DESC;
