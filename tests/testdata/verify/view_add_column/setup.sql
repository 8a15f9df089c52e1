-- migrate:up
CREATE TABLE staff (id int, name text, born date, salary int);
CREATE VIEW staff_names AS SELECT id, name FROM staff;
GRANT SELECT ON staff_names TO PUBLIC;
COMMENT ON VIEW staff_names IS 'Without salaries';

-- migrate:down
DROP VIEW staff_names;
DROP TABLE staff;
