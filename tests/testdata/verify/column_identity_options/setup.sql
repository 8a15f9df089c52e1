-- migrate:up
CREATE TABLE receipts (id bigint GENERATED ALWAYS AS IDENTITY);

-- migrate:down
DROP TABLE receipts;
