-- expect: down_fails
-- expect: cannot drop schema billing because other objects depend on it
-- migrate:up
CREATE SCHEMA billing;
CREATE TABLE billing.invoices (id bigint PRIMARY KEY);

-- migrate:down
DROP SCHEMA billing;
