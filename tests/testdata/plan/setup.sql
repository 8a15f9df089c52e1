-- What the operations find. `:rows` is the number of rows of a large table: none where pmdb tries the operations out,
-- 200,000 where the witness watches them.

CREATE TABLE customers (
    id int PRIMARY KEY,
    email text,
    name varchar(50),
    score int DEFAULT 0
);
INSERT INTO customers SELECT n, 'c' || n || '@example.org', 'Customer ' || n, n % 100 FROM generate_series(1, :rows) n;
CREATE INDEX customers_name_idx ON customers (name);
CREATE VIEW good_customers AS SELECT email FROM customers WHERE score > 50;

-- It points to customers, but nothing says so yet.
CREATE TYPE order_state AS ENUM ('open', 'paid');
CREATE DOMAIN quantity AS int;
CREATE TABLE orders (
    id int PRIMARY KEY,
    customer_id int,
    state order_state,
    ordered quantity,
    starts int,
    ends int
);
INSERT INTO orders SELECT n, n, 'open', 1, n, n + 1 FROM generate_series(1, :rows) n;

-- It points to orders by a foreign key. It is small, so that what happens to orders is not held up by it.
CREATE TABLE invoices (
    id int PRIMARY KEY,
    order_id int CONSTRAINT invoices_order_fk REFERENCES orders
);
INSERT INTO invoices SELECT n, n FROM generate_series(1, :rows / 100) n;

-- A column for each type that something is changed from.
CREATE TABLE samples (
    small smallint,
    number int,
    big bigint,
    exact numeric(10, 2),
    bounded varchar(20),
    unbounded varchar,
    words text,
    fixed char(4),
    moment timestamp(3),
    zoned timestamptz,
    span interval(3),
    bits varbit(8),
    network cidr,
    document json,
    state order_state,
    amount quantity
);
INSERT INTO samples
SELECT 1, 1, 1, 1, 'b', 'u', 'w', 'f', '2026-01-01', '2026-01-01', '1 day', B'1', '10.0.0.0/8', '{}', 'open', 1
FROM generate_series(1, :rows);

-- Partitioned, without a default partition. measurements_2026 has the same columns and is not one of its partitions yet.
CREATE TABLE measurements (id int, taken date, value int) PARTITION BY RANGE (taken);
CREATE TABLE measurements_2024 PARTITION OF measurements FOR VALUES FROM ('2024-01-01') TO ('2025-01-01');
CREATE TABLE measurements_2025 PARTITION OF measurements FOR VALUES FROM ('2025-01-01') TO ('2026-01-01');
CREATE TABLE measurements_2026 (id int, taken date, value int);
INSERT INTO measurements SELECT n, date '2024-01-01' + n % 731, n FROM generate_series(1, :rows) n;
INSERT INTO measurements_2026 SELECT n, date '2026-01-01' + n % 365, n FROM generate_series(1, :rows) n;
CREATE MATERIALIZED VIEW latest AS SELECT id, value FROM measurements_2026;
CREATE UNIQUE INDEX latest_id_idx ON latest (id);

-- Partitioned, with a default partition that holds nearly all. events_login has the same columns and is not one of its
-- partitions yet.
CREATE TABLE events (id int, kind text) PARTITION BY LIST (kind);
CREATE TABLE events_logout PARTITION OF events FOR VALUES IN ('logout');
CREATE TABLE events_other PARTITION OF events DEFAULT;
CREATE TABLE events_login (id int, kind text);
INSERT INTO events SELECT n, 'other' FROM generate_series(1, :rows) n;
INSERT INTO events SELECT n, 'logout' FROM generate_series(1, :rows / 100) n;
INSERT INTO events_login SELECT n, 'login' FROM generate_series(1, :rows) n;

CREATE SEQUENCE tickets;
CREATE FUNCTION keep() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NEW; END';
