-- migrate:up
CREATE LANGUAGE plain HANDLER plpgsql_call_handler;
COMMENT ON LANGUAGE plain IS 'PL/pgSQL without a validator';

-- migrate:down
DROP LANGUAGE plain;
