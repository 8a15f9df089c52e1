-- expect: down_fails
-- expect: cannot drop columns from view
-- migrate:up
CREATE OR REPLACE VIEW staff_names AS SELECT id, name, born FROM staff;

-- migrate:down
CREATE OR REPLACE VIEW staff_names AS SELECT id, name FROM staff;
