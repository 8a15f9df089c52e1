-- expect: not_reversed
-- expect: ~ database: connection limit none → `100`
-- migrate:up
DO $$ BEGIN EXECUTE format('ALTER DATABASE %I CONNECTION LIMIT 30', current_database()); END $$;

-- migrate:down
DO $$ BEGIN EXECUTE format('ALTER DATABASE %I CONNECTION LIMIT 100', current_database()); END $$;
