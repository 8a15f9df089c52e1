-- Constraints: what is not valid yet costs nothing, VALIDATE reads without being in anybody's way, and an index that is
-- there already is only given another name.

-- operation: add_check
ALTER TABLE customers ADD CONSTRAINT score_is_positive CHECK (score >= 0);
-- then: locks customers ACCESS EXCLUSIVE
-- then: scans customers

-- operation: add_check_not_valid
ALTER TABLE customers ADD CONSTRAINT score_is_positive CHECK (score >= 0) NOT VALID;
-- then: locks customers ACCESS EXCLUSIVE

-- operation: validate_check
-- given:
ALTER TABLE customers ADD CONSTRAINT score_is_positive CHECK (score >= 0) NOT VALID;
-- when:
ALTER TABLE customers VALIDATE CONSTRAINT score_is_positive;
-- then: locks customers SHARE UPDATE EXCLUSIVE
-- then: scans customers

-- operation: validate_check_in_the_transaction_that_adds_it
ALTER TABLE customers ADD CONSTRAINT score_is_positive CHECK (score >= 0) NOT VALID;
ALTER TABLE customers VALIDATE CONSTRAINT score_is_positive;
-- then: locks customers ACCESS EXCLUSIVE
-- then: scans customers

-- operation: add_check_not_enforced
-- needs: from 18
ALTER TABLE customers ADD CONSTRAINT score_is_positive CHECK (score >= 0) NOT ENFORCED;
-- then: locks customers ACCESS EXCLUSIVE

-- operation: drop_constraint
-- given:
ALTER TABLE customers ADD CONSTRAINT score_is_positive CHECK (score >= 0) NOT VALID;
-- when:
ALTER TABLE customers DROP CONSTRAINT score_is_positive;
-- then: locks customers ACCESS EXCLUSIVE

-- operation: rename_constraint
ALTER TABLE customers RENAME CONSTRAINT customers_pkey TO customers_key;
-- then: locks customers ACCESS EXCLUSIVE

-- operation: add_foreign_key
ALTER TABLE orders ADD CONSTRAINT orders_customer_fk FOREIGN KEY (customer_id) REFERENCES customers;
-- then: locks orders SHARE ROW EXCLUSIVE, customers SHARE ROW EXCLUSIVE
-- then: scans orders, customers

-- operation: add_foreign_key_not_valid
ALTER TABLE orders ADD CONSTRAINT orders_customer_fk FOREIGN KEY (customer_id) REFERENCES customers NOT VALID;
-- then: locks orders SHARE ROW EXCLUSIVE, customers SHARE ROW EXCLUSIVE

-- operation: validate_foreign_key
-- given:
ALTER TABLE orders ADD CONSTRAINT orders_customer_fk FOREIGN KEY (customer_id) REFERENCES customers NOT VALID;
-- when:
ALTER TABLE orders VALIDATE CONSTRAINT orders_customer_fk;
-- then: locks orders SHARE UPDATE EXCLUSIVE, customers ROW SHARE
-- then: scans orders, customers

-- operation: add_foreign_key_not_enforced
-- needs: from 18
ALTER TABLE orders ADD CONSTRAINT orders_customer_fk FOREIGN KEY (customer_id) REFERENCES customers NOT ENFORCED;
-- then: locks orders SHARE ROW EXCLUSIVE, customers SHARE ROW EXCLUSIVE

-- operation: add_foreign_key_of_a_partitioned_table
ALTER TABLE measurements ADD CONSTRAINT measurements_fk FOREIGN KEY (id) REFERENCES customers;
-- then: locks measurements SHARE ROW EXCLUSIVE, customers SHARE ROW EXCLUSIVE
-- then: locks measurements_2024 SHARE ROW EXCLUSIVE, measurements_2025 SHARE ROW EXCLUSIVE
-- then: scans measurements_2024, measurements_2025, customers

-- operation: drop_foreign_key
ALTER TABLE invoices DROP CONSTRAINT invoices_order_fk;
-- then: locks invoices ACCESS EXCLUSIVE, orders ACCESS EXCLUSIVE

-- operation: make_a_foreign_key_deferrable
ALTER TABLE invoices ALTER CONSTRAINT invoices_order_fk DEFERRABLE INITIALLY DEFERRED;
-- then: locks invoices ACCESS EXCLUSIVE

-- operation: add_unique
ALTER TABLE orders ADD CONSTRAINT orders_starts_key UNIQUE (starts);
-- then: locks orders ACCESS EXCLUSIVE
-- then: builds orders_starts_key on orders

-- operation: add_unique_nulls_not_distinct
-- needs: from 15
ALTER TABLE orders ADD CONSTRAINT orders_starts_key UNIQUE NULLS NOT DISTINCT (starts);
-- then: locks orders ACCESS EXCLUSIVE
-- then: builds orders_starts_key on orders

-- operation: add_unique_using_index
-- given:
CREATE UNIQUE INDEX orders_starts_idx ON orders (starts);
-- when:
ALTER TABLE orders ADD CONSTRAINT orders_starts_key UNIQUE USING INDEX orders_starts_idx;
-- then: locks orders ACCESS EXCLUSIVE

-- operation: add_unique_in_a_partitioned_table
-- Until 17 those who read a partition by its own name go on.
ALTER TABLE measurements ADD CONSTRAINT measurements_key UNIQUE (id, taken);
-- then: locks measurements ACCESS EXCLUSIVE
-- then until 17: locks measurements_2024 SHARE, measurements_2025 SHARE
-- then from 18: locks measurements_2024 ACCESS EXCLUSIVE, measurements_2025 ACCESS EXCLUSIVE
-- then: builds measurements_2024_id_taken_key on measurements_2024
-- then: builds measurements_2025_id_taken_key on measurements_2025

-- operation: add_primary_key_of_a_partitioned_table
ALTER TABLE measurements ADD PRIMARY KEY (id, taken);
-- then: locks measurements ACCESS EXCLUSIVE
-- then: locks measurements_2024 ACCESS EXCLUSIVE, measurements_2025 ACCESS EXCLUSIVE
-- then: builds measurements_2024_pkey on measurements_2024
-- then: builds measurements_2025_pkey on measurements_2025
-- then: scans measurements_2024, measurements_2025

-- operation: add_check_of_a_partitioned_table
ALTER TABLE measurements ADD CONSTRAINT value_is_positive CHECK (value > 0);
-- then: locks measurements ACCESS EXCLUSIVE
-- then: locks measurements_2024 ACCESS EXCLUSIVE, measurements_2025 ACCESS EXCLUSIVE
-- then: scans measurements_2024, measurements_2025

-- operation: add_unique_deferrable
ALTER TABLE orders ADD CONSTRAINT orders_starts_key UNIQUE (starts) DEFERRABLE INITIALLY DEFERRED;
-- then: locks orders ACCESS EXCLUSIVE
-- then: builds orders_starts_key on orders

-- operation: add_two_constraints_of_one_column
ALTER TABLE customers ADD CONSTRAINT email_is_long CHECK (length(email) > 3), ALTER COLUMN email SET NOT NULL;
-- then: locks customers ACCESS EXCLUSIVE
-- then: scans customers

-- operation: add_primary_key
ALTER TABLE measurements_2026 ADD PRIMARY KEY (id);
-- then: locks measurements_2026 ACCESS EXCLUSIVE
-- then: builds measurements_2026_pkey on measurements_2026
-- then: scans measurements_2026

-- operation: add_primary_key_of_columns_that_are_not_null
-- given:
ALTER TABLE measurements_2026 ALTER COLUMN id SET NOT NULL;
-- when:
ALTER TABLE measurements_2026 ADD PRIMARY KEY (id);
-- then: locks measurements_2026 ACCESS EXCLUSIVE
-- then: builds measurements_2026_pkey on measurements_2026

-- operation: add_primary_key_using_index
-- given:
CREATE UNIQUE INDEX measurements_2026_idx ON measurements_2026 (id);
-- when:
ALTER TABLE measurements_2026 ADD PRIMARY KEY USING INDEX measurements_2026_idx;
-- then: locks measurements_2026 ACCESS EXCLUSIVE
-- then: scans measurements_2026

-- operation: add_primary_key_using_index_of_columns_that_are_not_null
-- given:
ALTER TABLE measurements_2026 ALTER COLUMN id SET NOT NULL;
CREATE UNIQUE INDEX measurements_2026_idx ON measurements_2026 (id);
-- when:
ALTER TABLE measurements_2026 ADD PRIMARY KEY USING INDEX measurements_2026_idx;
-- then: locks measurements_2026 ACCESS EXCLUSIVE

-- operation: add_exclusion
-- What is excluded is looked for by a second reading.
ALTER TABLE orders ADD CONSTRAINT orders_exclude EXCLUDE USING btree (starts WITH =);
-- then: locks orders ACCESS EXCLUSIVE
-- then: builds orders_exclude on orders
-- then: scans orders

-- operation: drop_unique
-- given:
ALTER TABLE orders ADD CONSTRAINT orders_starts_key UNIQUE (starts);
-- when:
ALTER TABLE orders DROP CONSTRAINT orders_starts_key;
-- then: locks orders ACCESS EXCLUSIVE
