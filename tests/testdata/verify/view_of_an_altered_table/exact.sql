-- migrate:up
DROP VIEW measurement_values;
ALTER TABLE measurements ALTER COLUMN value TYPE numeric;
CREATE VIEW measurement_values AS SELECT value FROM measurements;

-- migrate:down
DROP VIEW measurement_values;
ALTER TABLE measurements ALTER COLUMN value TYPE int;
CREATE VIEW measurement_values AS SELECT value FROM measurements;
