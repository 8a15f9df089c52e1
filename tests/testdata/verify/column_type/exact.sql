-- migrate:up
ALTER TABLE sensors ALTER COLUMN serial_number TYPE text, ALTER COLUMN reading TYPE bigint;

-- migrate:down
ALTER TABLE sensors ALTER COLUMN reading TYPE int, ALTER COLUMN serial_number TYPE varchar(40);
