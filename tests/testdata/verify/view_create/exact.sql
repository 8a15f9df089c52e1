-- migrate:up
CREATE VIEW open_bills AS SELECT id FROM bills WHERE NOT paid;
CREATE VIEW open_bills_count AS SELECT count(*) AS bills FROM open_bills;

-- migrate:down
DROP VIEW open_bills_count;
DROP VIEW open_bills;
