-- migrate:up
CREATE FUNCTION watch_drops() RETURNS event_trigger LANGUAGE plpgsql AS 'BEGIN END';
CREATE EVENT TRIGGER drops_watched ON sql_drop EXECUTE FUNCTION watch_drops();

-- migrate:down
DROP EVENT TRIGGER drops_watched;
DROP FUNCTION watch_drops();
