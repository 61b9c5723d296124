-- lock --
-- One release at a time, so that two figures are never judged without each other.
LOCK TABLE release_cells IN SHARE ROW EXCLUSIVE MODE;

-- next_months --
-- Each building of which something is known, and the first month nothing was decided about.
SELECT building_id, coalesce(
    (SELECT max(month) FROM (
        SELECT building_id, month FROM released_months
        UNION ALL SELECT building_id, month FROM withheld_months) decided
     WHERE decided.building_id = known.building_id) + interval '1 month',
    date_trunc('month', known.first_day) + interval '1 month')::date
FROM (SELECT d.building_id, min(e.day) AS first_day
      FROM dwellings d JOIN installations i USING (dwelling_id) JOIN days e USING (meter_id)
      GROUP BY d.building_id) known
ORDER BY building_id;

-- home_months --
-- Each consenting home's energy in a local month; a home counts if it lived there,
-- was measured and agreed from the month's first day to its last, and still agrees.
SELECT o.occupancy_id,
       coalesce(sum(e.register_wh + e.power_wh + e.estimated_wh), 0),
       coalesce(sum(e.covered_s), 0)
FROM dwellings d
JOIN occupancies o USING (dwelling_id)
JOIN installations i USING (dwelling_id)
LEFT JOIN days e ON e.meter_id = i.meter_id
    AND e.day >= %(month)s AND e.day < %(next_month)s
WHERE d.building_id = %(building_id)s
  AND EXISTS (SELECT FROM consents c WHERE c.occupancy_id = o.occupancy_id
      AND c.purpose = %(purpose)s AND c.withdrawn_utc IS NULL AND c.given_utc <= %(start_utc)s)
  AND o.start_utc <= %(start_utc)s AND (o.end_utc IS NULL OR o.end_utc >= %(end_utc)s)
  AND i.start_utc <= %(start_utc)s AND (i.end_utc IS NULL OR i.end_utc >= %(end_utc)s)
GROUP BY o.occupancy_id
ORDER BY o.occupancy_id;

-- residents --
-- Whoever lived in a building at some time of a period, where its main meter is read by others.
SELECT o.occupancy_id
FROM buildings b JOIN dwellings d USING (building_id) JOIN occupancies o USING (dwelling_id)
WHERE b.building_id = %(building_id)s AND b.main_meter_known
  AND o.start_utc < %(end_utc)s AND (o.end_utc IS NULL OR o.end_utc > %(start_utc)s);

-- cells --
-- Every cohort ever told of, with its homes.
SELECT building_id, first_month, last_month, array_agg(occupancy_id ORDER BY occupancy_id)
FROM release_cells JOIN release_members USING (cell_id)
GROUP BY cell_id, building_id, first_month, last_month ORDER BY cell_id;

-- add_cell --
-- Keep a cohort, its months and its homes.
WITH cell AS (
    INSERT INTO release_cells (building_id, first_month, last_month, action_id, released_utc)
    VALUES (%(building_id)s, %(first_month)s, %(last_month)s, %(action_id)s, %(now_utc)s)
    RETURNING cell_id)
INSERT INTO release_members (cell_id, occupancy_id)
SELECT cell_id, unnest(%(occupancies)s::integer[]) FROM cell;

-- release --
-- Tell a month, once.
INSERT INTO released_months (building_id, month, homes, energy_wh, coverage, released_utc)
VALUES (%(building_id)s, %(month)s, %(homes)s, %(energy_wh)s, %(coverage)s, %(now_utc)s);

-- withhold --
-- Keep a month back, once, with the reason.
INSERT INTO withheld_months (building_id, month, reason, decided_utc)
VALUES (%(building_id)s, %(month)s, %(reason)s, %(now_utc)s);
