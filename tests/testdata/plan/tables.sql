-- Tables as a whole.

-- operation: create_table
CREATE TABLE notes (id int PRIMARY KEY, body text);
-- then: nothing

-- operation: create_table_that_references
-- The new table is empty, but triggers are added to the other one.
CREATE TABLE notes (customer_id int REFERENCES customers);
-- then: locks customers SHARE ROW EXCLUSIVE

-- operation: create_table_like
CREATE TABLE copies (LIKE customers INCLUDING ALL);
-- then: locks customers ACCESS SHARE

-- operation: create_table_as
CREATE TABLE copies AS SELECT * FROM customers;
-- then: locks customers ACCESS SHARE
-- then: scans customers

-- operation: create_table_that_inherits
CREATE TABLE good_orders () INHERITS (orders);
-- then: locks orders SHARE UPDATE EXCLUSIVE

-- operation: inherit
-- given:
CREATE TABLE good_orders (LIKE orders INCLUDING ALL);
-- when:
ALTER TABLE good_orders INHERIT orders;
-- then: locks good_orders ACCESS EXCLUSIVE, orders SHARE UPDATE EXCLUSIVE

-- operation: drop_table
DROP TABLE samples;
-- then: locks samples ACCESS EXCLUSIVE

-- operation: drop_table_that_references
-- The triggers of the foreign key are dropped from the other table.
DROP TABLE invoices;
-- then: locks invoices ACCESS EXCLUSIVE, orders ACCESS EXCLUSIVE

-- operation: drop_table_that_is_referenced
DROP TABLE orders CASCADE;
-- then: locks orders ACCESS EXCLUSIVE, invoices ACCESS EXCLUSIVE

-- operation: rename_table
ALTER TABLE customers RENAME TO clients;
-- then: locks customers ACCESS EXCLUSIVE

-- operation: move_table_to_another_schema
-- given:
CREATE SCHEMA archive;
-- when:
ALTER TABLE customers SET SCHEMA archive;
-- then: locks customers ACCESS EXCLUSIVE

-- operation: change_owner
ALTER TABLE customers OWNER TO pg_monitor;
-- then: locks customers ACCESS EXCLUSIVE

-- operation: set_unlogged
ALTER TABLE samples SET UNLOGGED;
-- then: locks samples ACCESS EXCLUSIVE
-- then: rewrites samples

-- operation: set_logged
-- given:
ALTER TABLE samples SET UNLOGGED;
ANALYZE samples;
-- when:
ALTER TABLE samples SET LOGGED;
-- then: locks samples ACCESS EXCLUSIVE
-- then: rewrites samples

-- operation: set_the_same_access_method
-- needs: from 15
ALTER TABLE samples SET ACCESS METHOD heap;
-- then: locks samples ACCESS EXCLUSIVE

-- operation: set_the_same_tablespace
ALTER TABLE samples SET TABLESPACE pg_default;
-- then: locks samples ACCESS EXCLUSIVE

-- operation: set_fillfactor
ALTER TABLE customers SET (fillfactor = 80);
-- then: locks customers SHARE UPDATE EXCLUSIVE

-- operation: set_options_of_autovacuum
ALTER TABLE customers SET (autovacuum_vacuum_scale_factor = 0.01);
-- then: locks customers SHARE UPDATE EXCLUSIVE

-- operation: reset_options
ALTER TABLE customers RESET (fillfactor);
-- then: locks customers SHARE UPDATE EXCLUSIVE

-- operation: set_replica_identity
ALTER TABLE customers REPLICA IDENTITY FULL;
-- then: locks customers ACCESS EXCLUSIVE

-- operation: mark_for_cluster
ALTER TABLE customers CLUSTER ON customers_pkey;
-- then: locks customers SHARE UPDATE EXCLUSIVE

-- operation: create_statistics
CREATE STATISTICS customer_statistics ON name, score FROM customers;
-- then: locks customers SHARE UPDATE EXCLUSIVE

-- operation: publish
CREATE PUBLICATION changes FOR TABLE customers;
-- then: locks customers SHARE UPDATE EXCLUSIVE

-- operation: comment_on_a_table
COMMENT ON TABLE customers IS 'who pays';
-- then: locks customers SHARE UPDATE EXCLUSIVE

-- operation: comment_on_a_column
COMMENT ON COLUMN customers.score IS 'from 0 to 100';
-- then: locks customers SHARE UPDATE EXCLUSIVE

-- operation: grant
GRANT SELECT ON customers TO pg_monitor;
-- then until 17: nothing
-- then from 18: locks customers ACCESS SHARE

-- operation: lock_table
LOCK TABLE customers IN SHARE MODE;
-- then: locks customers SHARE

-- operation: drop_column_cascade
-- given:
CREATE VIEW good_customers_by_name AS SELECT name FROM customers WHERE score > 50;
-- when:
ALTER TABLE customers DROP COLUMN score CASCADE;
-- then: locks customers ACCESS EXCLUSIVE, good_customers ACCESS EXCLUSIVE, good_customers_by_name ACCESS EXCLUSIVE
