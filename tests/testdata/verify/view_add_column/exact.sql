-- migrate:up
CREATE OR REPLACE VIEW staff_names AS SELECT id, name, born FROM staff;

-- migrate:down
-- CREATE OR REPLACE can't take a column away.
DROP VIEW staff_names;
CREATE VIEW staff_names AS SELECT id, name FROM staff;
GRANT SELECT ON staff_names TO PUBLIC;
COMMENT ON VIEW staff_names IS 'Without salaries';
