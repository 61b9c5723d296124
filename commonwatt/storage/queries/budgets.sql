-- set_budget --
-- Keep what a household wants to spend in a month, instead of what it wanted before.
INSERT INTO budgets (occupancy_id, month_eur, set_utc)
VALUES (%(occupancy_id)s, %(month_eur)s, %(now_utc)s)
ON CONFLICT (occupancy_id) DO UPDATE SET month_eur = excluded.month_eur, set_utc = excluded.set_utc;

-- drop_budget --
-- A household wants no budget any more.
DELETE FROM budgets WHERE occupancy_id = %s;

-- budget_of --
-- What a household wants to spend in a month.
SELECT month_eur FROM budgets WHERE occupancy_id = %s;
