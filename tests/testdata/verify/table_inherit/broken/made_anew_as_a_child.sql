-- expect: not_reversed
-- expect: ~ table public.lorries: inherits + `public.vehicles`
-- migrate:up
ALTER TABLE lorries INHERIT vehicles;

-- migrate:down
DROP TABLE lorries;
CREATE TABLE lorries (load int) INHERITS (vehicles);
