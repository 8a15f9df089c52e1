-- expect: not_reversed
-- expect: ~ view public.staff_names: privileges - `PUBLIC: SELECT`
-- expect: ~ view public.staff_names: comment `Without salaries` → none
-- migrate:up
CREATE OR REPLACE VIEW staff_names AS SELECT id, name, born FROM staff;

-- migrate:down
DROP VIEW staff_names;
CREATE VIEW staff_names AS SELECT id, name FROM staff;
