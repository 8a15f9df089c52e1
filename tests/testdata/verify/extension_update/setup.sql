-- migrate:up
CREATE EXTENSION hstore VERSION '1.4';

-- migrate:down
DROP EXTENSION hstore;
