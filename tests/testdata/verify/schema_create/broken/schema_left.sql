-- expect: not_reversed
-- expect: + schema billing
-- migrate:up
CREATE SCHEMA billing;
CREATE TABLE billing.invoices (id bigint PRIMARY KEY);

-- migrate:down
DROP TABLE billing.invoices;
