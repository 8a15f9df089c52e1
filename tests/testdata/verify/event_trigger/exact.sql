-- migrate:up
CREATE EVENT TRIGGER tables_watched ON ddl_command_end WHEN TAG IN ('CREATE TABLE') EXECUTE FUNCTION watch_tables();

-- migrate:down
DROP EVENT TRIGGER tables_watched;
