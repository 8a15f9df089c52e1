-- expect: not_reversed
-- expect: + event trigger tables_watched
-- migrate:up
CREATE EVENT TRIGGER tables_watched ON ddl_command_end WHEN TAG IN ('CREATE TABLE') EXECUTE FUNCTION watch_tables();

-- migrate:down
ALTER EVENT TRIGGER tables_watched DISABLE;
