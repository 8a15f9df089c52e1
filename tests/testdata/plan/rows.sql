-- Rows: they block only the rows that they change.

-- operation: update_all_rows
UPDATE customers SET score = score + 1;
-- then: locks customers ROW EXCLUSIVE
-- then: reads customers
-- then: changes customers

-- operation: delete_all_rows
DELETE FROM samples;
-- then: locks samples ROW EXCLUSIVE
-- then: reads samples
-- then: changes samples

-- operation: insert_a_row
INSERT INTO customers (id) VALUES (0);
-- then: locks customers ROW EXCLUSIVE
-- then: changes customers

-- operation: insert_from_a_query
INSERT INTO events_login SELECT id, 'login' FROM customers;
-- then: locks events_login ROW EXCLUSIVE, customers ACCESS SHARE
-- then: reads customers
-- then: changes events_login

-- operation: update_from_another_table
UPDATE orders SET ends = customers.score FROM customers WHERE customers.id = orders.customer_id;
-- then: locks orders ROW EXCLUSIVE, customers ACCESS SHARE
-- then: reads orders, customers
-- then: changes orders

-- operation: merge
-- needs: from 15
MERGE INTO customers USING orders ON orders.customer_id = customers.id WHEN MATCHED THEN UPDATE SET score = 1;
-- then: locks customers ROW EXCLUSIVE, orders ACCESS SHARE
-- then: reads customers, orders
-- then: changes customers

-- operation: update_in_a_do_block
DO $$ BEGIN UPDATE customers SET score = 1; END $$;
-- then: locks customers ROW EXCLUSIVE
-- then: reads customers
-- then: changes customers

-- operation: alter_in_a_do_block
DO $$ BEGIN EXECUTE 'ALTER TABLE customers ALTER COLUMN email SET NOT NULL'; END $$;
-- then: locks customers ACCESS EXCLUSIVE
-- then: scans customers

-- operation: update_that_must_not_be_done_twice
UPDATE customers SET score = score + 1, name = name || '!' WHERE score >= 0;
-- then: locks customers ROW EXCLUSIVE
-- then: reads customers
-- then: changes customers

-- operation: delete_some_rows
DELETE FROM customers WHERE score = 7;
-- then: locks customers ROW EXCLUSIVE
-- then: reads customers
-- then: changes customers

-- operation: select_for_update
SELECT FROM invoices FOR UPDATE;
-- then: locks invoices ROW SHARE
-- then: reads invoices

-- operation: truncate
TRUNCATE samples;
-- then: locks samples ACCESS EXCLUSIVE

-- operation: truncate_cascade
TRUNCATE orders CASCADE;
-- then: locks orders ACCESS EXCLUSIVE, invoices ACCESS EXCLUSIVE
