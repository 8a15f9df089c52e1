-- expect: not_reversed
-- expect: ~ database: comment none → `The shop`
-- migrate:up
DO $$ BEGIN EXECUTE format('REVOKE TEMPORARY ON DATABASE %I FROM PUBLIC', current_database()); END $$;
DO $$ BEGIN EXECUTE format('COMMENT ON DATABASE %I IS ''The shop''', current_database()); END $$;

-- migrate:down
DO $$ BEGIN EXECUTE format('GRANT TEMPORARY ON DATABASE %I TO PUBLIC', current_database()); END $$;
