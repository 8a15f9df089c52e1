-- migrate:up
CREATE SCHEMA sales;
CREATE TABLE sales.orders (id bigint);

-- migrate:down
DROP TABLE sales.orders;
DROP SCHEMA sales;
