-- Columns to try types on.

-- migrate:up
CREATE TABLE products (
    id BIGSERIAL PRIMARY KEY,
    price NUMERIC(10, 2)
);

CREATE TABLE words (
    padded CHAR(10),
    limited VARCHAR(255),
    free TEXT
);

CREATE TABLE moments (
    with_zone TIMESTAMPTZ NOT NULL,
    without_zone TIMESTAMP NOT NULL
);

CREATE TABLE documents (
    as_json JSON NOT NULL,
    as_jsonb JSONB NOT NULL
);

-- migrate:down
DROP TABLE documents;
DROP TABLE moments;
DROP TABLE words;
DROP TABLE products;
