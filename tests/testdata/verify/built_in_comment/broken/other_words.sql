-- expect: not_reversed
-- expect: ~ built-in function pg_catalog.now(): comment `the time of the transaction` → `the transaction's time`
-- witness: blind, because it does not look at what initdb has made.
-- migrate:up
COMMENT ON FUNCTION now() IS 'when the transaction began';

-- migrate:down
COMMENT ON FUNCTION now() IS 'the transaction''s time';
