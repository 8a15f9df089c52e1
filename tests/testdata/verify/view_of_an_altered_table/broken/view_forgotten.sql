-- expect: not_reversed
-- expect: - view public.measurement_values
-- migrate:up
DROP VIEW measurement_values;
ALTER TABLE measurements ALTER COLUMN value TYPE numeric;
CREATE VIEW measurement_values AS SELECT value FROM measurements;

-- migrate:down
DROP VIEW measurement_values;
ALTER TABLE measurements ALTER COLUMN value TYPE int;
