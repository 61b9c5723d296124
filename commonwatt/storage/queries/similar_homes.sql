-- tell_profile --
-- Keep what a household says of its home.
INSERT INTO home_profiles (occupancy_id, heating, hot_water, surface_m2, people, told_utc)
VALUES (%(occupancy_id)s, %(heating)s, %(hot_water)s, %(surface_m2)s, %(people)s, %(now_utc)s)
ON CONFLICT (occupancy_id) DO UPDATE SET heating = excluded.heating, hot_water = excluded.hot_water,
    surface_m2 = excluded.surface_m2, people = excluded.people, told_utc = excluded.told_utc;

-- profile_of --
-- What a household said of its home.
SELECT heating, hot_water, surface_m2, people FROM home_profiles WHERE occupancy_id = %s;

-- lock_comparisons --
-- One comparison at a time.
LOCK TABLE compared_months IN SHARE ROW EXCLUSIVE MODE;

-- is_compared --
-- Whether a month was compared before.
SELECT EXISTS (SELECT FROM compared_months WHERE month = %s);

-- close_month --
-- A month is compared, once and for all.
INSERT INTO compared_months (month, compared_utc) VALUES (%(month)s, %(now_utc)s);

-- profiled_months --
-- The whole days of a month of each household that agrees to be compared and lived there all the month.
SELECT o.occupancy_id, p.heating, p.hot_water, p.surface_m2, p.people,
       sum(d.register_wh + d.power_wh + d.estimated_wh), sum(d.covered_s)
FROM home_profiles p JOIN occupancies o USING (occupancy_id)
JOIN consents c ON c.occupancy_id = o.occupancy_id
    AND c.purpose = 'similar_homes' AND c.withdrawn_utc IS NULL
JOIN installations i USING (dwelling_id)
JOIN days d ON d.meter_id = i.meter_id AND d.day >= %(month)s AND d.day < %(after)s
    AND i.start_utc <= d.day::timestamp AT TIME ZONE %(zone)s
    AND coalesce(i.end_utc, 'infinity') >= (d.day + 1)::timestamp AT TIME ZONE %(zone)s
WHERE o.start_utc <= %(start_utc)s AND coalesce(o.end_utc, 'infinity') >= %(end_utc)s
  AND NOT is_paused(o.occupancy_id)
GROUP BY o.occupancy_id, p.heating, p.hot_water, p.surface_m2, p.people
ORDER BY o.occupancy_id;

-- place --
-- Keep where a home stands among those that resemble it.
INSERT INTO similar_places (occupancy_id, month, own_kwh, median_kwh, best_kwh, percentile, homes)
VALUES (%(occupancy_id)s, %(month)s, %(own_kwh)s, %(median_kwh)s, %(best_kwh)s, %(percentile)s, %(homes)s);

-- latest_place --
-- Where a household's home stood in the last month that was compared with it in it.
SELECT month, own_kwh, median_kwh, best_kwh, percentile, homes FROM similar_places
WHERE occupancy_id = %s ORDER BY month DESC LIMIT 1;
