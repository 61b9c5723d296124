-- tell_viewer --
-- Become the web role and say who looks. TimescaleDB opens its own schema when a session first plans
-- with a hypertable, and the web role may not: so that is done here, as oneself.
SELECT set_config('app.audience', %(audience)s, false), set_config('app.subject', %(subject)s, false),
       set_config('statement_timeout', %(timeout)s, false),
       set_config('role', 'commonwatt_web', false)
FROM (SELECT count(*) FROM readings WHERE meter_id = -1) AS opened;

-- forget_viewer --
-- Become oneself again, before somebody else borrows the connection.
SELECT set_config('role', 'none', false), set_config('app.audience', '', false),
       set_config('app.subject', '', false), set_config('statement_timeout', '0', false);

-- hurry --
-- Give up a statement that takes longer than a page may wait.
SELECT set_config('statement_timeout', %(timeout)s, false);
