-- migrate:up
DROP FUNCTION next_weekday(date);

-- migrate:down
CREATE FUNCTION next_weekday(day date) RETURNS date LANGUAGE sql IMMUTABLE AS 'SELECT day + 1';
REVOKE EXECUTE ON FUNCTION next_weekday(date) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION next_weekday(date) TO pg_monitor;
COMMENT ON FUNCTION next_weekday(date) IS 'Does not know of holidays';
ALTER FUNCTION next_weekday(date) OWNER TO pg_read_all_data;
