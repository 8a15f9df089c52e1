-- expect: not_reversed
-- expect: ~ column public.sensors.serial_number: type `character varying(40)` → `character varying(255)`
-- migrate:up
ALTER TABLE sensors ALTER COLUMN serial_number TYPE text, ALTER COLUMN reading TYPE bigint;

-- migrate:down
ALTER TABLE sensors ALTER COLUMN reading TYPE int, ALTER COLUMN serial_number TYPE varchar(255);
