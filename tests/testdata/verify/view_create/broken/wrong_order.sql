-- expect: down_fails
-- expect: cannot drop view open_bills because other objects depend on it
-- migrate:up
CREATE VIEW open_bills AS SELECT id FROM bills WHERE NOT paid;
CREATE VIEW open_bills_count AS SELECT count(*) AS bills FROM open_bills;

-- migrate:down
DROP VIEW open_bills;
DROP VIEW open_bills_count;
