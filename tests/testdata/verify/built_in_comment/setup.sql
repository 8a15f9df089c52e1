-- migrate:up
COMMENT ON FUNCTION now() IS 'the time of the transaction';

-- migrate:down
COMMENT ON FUNCTION now() IS NULL;
