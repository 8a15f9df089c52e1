-- migrate:up
CREATE TABLE customers (
    id serial PRIMARY KEY,
    email text NOT NULL UNIQUE,
    created_at timestamptz NOT NULL DEFAULT now()
);
CREATE INDEX customers_created_at_idx ON customers (created_at);
COMMENT ON TABLE customers IS 'Who buys';

-- migrate:down
DROP TABLE customers;
