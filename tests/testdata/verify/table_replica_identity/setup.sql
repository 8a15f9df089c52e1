-- migrate:up
CREATE TABLE shipments (code text NOT NULL CONSTRAINT shipments_code_key UNIQUE);

-- migrate:down
DROP TABLE shipments;
