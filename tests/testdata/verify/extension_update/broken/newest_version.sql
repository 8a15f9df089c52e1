-- expect: not_reversed
-- expect: ~ extension hstore: version `1.4` → `1.8`
-- witness: blind, because pg_dump leaves out the versions of extensions
-- migrate:up
ALTER EXTENSION hstore UPDATE TO '1.8';

-- migrate:down
DROP EXTENSION hstore;
CREATE EXTENSION hstore;
