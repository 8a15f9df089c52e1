-- expect: not_reversed
-- expect: + setting maintenance_work_mem for role
-- migrate:up
DO $$ BEGIN EXECUTE format('ALTER ROLE CURRENT_USER IN DATABASE %I SET maintenance_work_mem = ''32MB''', current_database()); END $$;

-- migrate:down
DO $$ BEGIN EXECUTE format('ALTER DATABASE %I RESET maintenance_work_mem', current_database()); END $$;
