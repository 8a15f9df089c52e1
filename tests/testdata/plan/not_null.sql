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

-- operation: drop_not_null
-- given:
ALTER TABLE customers ALTER COLUMN email SET NOT NULL;
-- when:
ALTER TABLE customers ALTER COLUMN email DROP NOT NULL;
-- then: locks customers ACCESS EXCLUSIVE
