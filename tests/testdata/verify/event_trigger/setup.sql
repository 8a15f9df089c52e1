-- migrate:up
CREATE FUNCTION watch_tables() RETURNS event_trigger LANGUAGE plpgsql AS 'BEGIN END';

-- migrate:down
DROP FUNCTION watch_tables();
