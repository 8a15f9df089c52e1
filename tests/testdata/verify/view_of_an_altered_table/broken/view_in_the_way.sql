-- expect: down_fails
-- expect: cannot alter type of a column used by a view or rule
-- migrate:up
DROP VIEW measurement_values;
ALTER TABLE measurements ALTER COLUMN value TYPE numeric;
CREATE VIEW measurement_values AS SELECT value FROM measurements;

-- migrate:down
ALTER TABLE measurements ALTER COLUMN value TYPE int;
