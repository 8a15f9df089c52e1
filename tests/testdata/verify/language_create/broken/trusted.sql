-- expect: not_reversed
-- expect: + language plain
-- migrate:up
CREATE LANGUAGE plain HANDLER plpgsql_call_handler;
COMMENT ON LANGUAGE plain IS 'PL/pgSQL without a validator';

-- migrate:down
DROP LANGUAGE plain;
CREATE TRUSTED LANGUAGE plain HANDLER plpgsql_call_handler;
