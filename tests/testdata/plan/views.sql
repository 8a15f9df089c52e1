-- Views, materialized and not.

-- operation: create_view
CREATE VIEW names AS SELECT name FROM customers;
-- then: locks customers ACCESS SHARE

-- operation: replace_view
CREATE OR REPLACE VIEW good_customers AS SELECT email FROM customers WHERE score > 60;
-- then: locks customers ACCESS SHARE, good_customers ACCESS EXCLUSIVE

-- operation: drop_view
DROP VIEW good_customers;
-- then: locks good_customers ACCESS EXCLUSIVE

-- operation: rename_view
ALTER VIEW good_customers RENAME TO best_customers;
-- then: locks good_customers ACCESS EXCLUSIVE

-- operation: create_materialized_view
CREATE MATERIALIZED VIEW names AS SELECT name FROM customers;
-- then: locks customers ACCESS SHARE
-- then: scans customers

-- operation: refresh
REFRESH MATERIALIZED VIEW latest;
-- then: locks latest ACCESS EXCLUSIVE, measurements_2026 ACCESS SHARE
-- then: rewrites latest
-- then: scans measurements_2026

-- operation: refresh_concurrently
REFRESH MATERIALIZED VIEW CONCURRENTLY latest;
-- then: locks latest EXCLUSIVE, measurements_2026 ACCESS SHARE
-- then: scans latest, measurements_2026

-- operation: drop_materialized_view
DROP MATERIALIZED VIEW latest;
-- then: locks latest ACCESS EXCLUSIVE
