-- migrate:up
CREATE TABLE measurements (value int);
CREATE VIEW measurement_values AS SELECT value FROM measurements;

-- migrate:down
DROP VIEW measurement_values;
DROP TABLE measurements;
