-- NOT NULL reads the whole table under a lock that keeps out readers too, unless a valid CHECK proves it already.

-- operation: set_not_null
ALTER TABLE customers ALTER COLUMN email SET NOT NULL;
-- then: locks customers ACCESS EXCLUSIVE
-- then: scans customers

-- operation: set_not_null_that_is_proven
-- given:
ALTER TABLE customers ADD CONSTRAINT email_is_there CHECK (email IS NOT NULL);
-- when:
ALTER TABLE customers ALTER COLUMN email SET NOT NULL;
-- then: locks customers ACCESS EXCLUSIVE

-- operation: set_not_null_with_a_proof_that_is_not_valid
-- given:
ALTER TABLE customers ADD CONSTRAINT email_is_there CHECK (email IS NOT NULL) NOT VALID;
-- when:
ALTER TABLE customers ALTER COLUMN email SET NOT NULL;
-- then: locks customers ACCESS EXCLUSIVE
-- then: scans customers

-- operation: set_not_null_of_a_column_that_has_it
ALTER TABLE customers ALTER COLUMN id SET NOT NULL;
-- then: locks customers ACCESS EXCLUSIVE

-- operation: drop_not_null
-- given:
ALTER TABLE customers ALTER COLUMN email SET NOT NULL;
-- when:
ALTER TABLE customers ALTER COLUMN email DROP NOT NULL;
-- then: locks customers ACCESS EXCLUSIVE

-- operation: add_not_null_not_valid
-- needs: from 18
ALTER TABLE customers ADD CONSTRAINT email_is_there NOT NULL email NOT VALID;
-- then: locks customers ACCESS EXCLUSIVE

-- operation: validate_not_null
-- needs: from 18
-- given:
ALTER TABLE customers ADD CONSTRAINT email_is_there NOT NULL email NOT VALID;
-- when:
ALTER TABLE customers VALIDATE CONSTRAINT email_is_there;
-- then: locks customers SHARE UPDATE EXCLUSIVE
-- then: scans customers

-- operation: set_not_null_in_a_partitioned_table
ALTER TABLE measurements ALTER COLUMN value SET NOT NULL;
-- then: locks measurements ACCESS EXCLUSIVE
-- then: locks measurements_2024 ACCESS EXCLUSIVE, measurements_2025 ACCESS EXCLUSIVE
-- then: scans measurements_2024, measurements_2025
