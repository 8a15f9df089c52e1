-- expect: not_reversed
-- expect: ~ function public.next_weekday(date): arguments `day date` → `today date`
-- expect: ~ function public.next_weekday(date): body `SELECT day + 1` → `SELECT today + 1`
-- migrate:up
DROP FUNCTION next_weekday(date);

-- migrate:down
CREATE FUNCTION next_weekday(today date) RETURNS date LANGUAGE sql IMMUTABLE AS 'SELECT today + 1';
REVOKE EXECUTE ON FUNCTION next_weekday(date) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION next_weekday(date) TO pg_monitor;
COMMENT ON FUNCTION next_weekday(date) IS 'Does not know of holidays';
ALTER FUNCTION next_weekday(date) OWNER TO pg_read_all_data;
