-- migrate:up
COMMENT ON FUNCTION now() IS 'when the transaction began';

-- migrate:down
COMMENT ON FUNCTION now() IS 'the time of the transaction';
