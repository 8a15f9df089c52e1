-- requires: extension hstore
-- migrate:up
ALTER EXTENSION hstore UPDATE TO '1.8';

-- migrate:down
-- There is no way down from one version of an extension to an older one.
DROP EXTENSION hstore;
CREATE EXTENSION hstore VERSION '1.4';
