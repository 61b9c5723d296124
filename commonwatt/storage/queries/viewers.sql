-- tell_viewer --
-- Become the web role and say who looks. TimescaleDB opens its own schema when a session first plans
-- with a hypertable, and the web role may not: so that is done here, as oneself.
SELECT set_config('app.audience', %(audience)s, false), set_config('app.subject', %(subject)s, false),
       set_config('statement_timeout', %(timeout)s, false),
       set_config('role', 'commonwatt_web', false)
FROM (SELECT count(*) FROM readings WHERE meter_id = -1) AS opened;

-- know_viewer --
-- Look up what belongs to who looks, for the policies of this request.
SELECT set_config('app.buildings', ARRAY(SELECT app_buildings())::text, false),
       set_config('app.dwellings', ARRAY(SELECT app_dwellings())::text, false),
       set_config('app.occupancies', ARRAY(SELECT app_occupancies())::text, false),
       set_config('app.meters', ARRAY(SELECT app_meters())::text, false),
       set_config('app.stays', app_stays()::text, false);

-- forget_viewer --
-- Become oneself again, before somebody else borrows the connection.
SELECT set_config('role', 'none', false), set_config('app.audience', '', false),
       set_config('app.subject', '', false), set_config('app.buildings', '', false),
       set_config('app.dwellings', '', false), set_config('app.occupancies', '', false),
       set_config('app.meters', '', false), set_config('app.stays', '', false),
       set_config('statement_timeout', '0', false);

-- hurry --
-- Give up a statement that takes longer than a page may wait.
SELECT set_config('statement_timeout', %(timeout)s, false);
