-- Partitions: the default partition is in the way of each new one, and is read unless a CHECK proves that nothing in it
-- belongs there.

-- operation: create_a_partition
CREATE TABLE measurements_2027 PARTITION OF measurements FOR VALUES FROM ('2027-01-01') TO ('2028-01-01');
-- then: locks measurements ACCESS EXCLUSIVE

-- operation: create_a_partition_beside_a_default
CREATE TABLE events_error PARTITION OF events FOR VALUES IN ('error');
-- then: locks events ACCESS EXCLUSIVE, events_other ACCESS EXCLUSIVE
-- then: scans events_other

-- operation: create_a_partition_beside_a_default_that_excludes_it
-- given:
ALTER TABLE events_other ADD CHECK (kind IS NOT NULL AND kind <> 'error');
-- when:
CREATE TABLE events_error PARTITION OF events FOR VALUES IN ('error');
-- then: locks events ACCESS EXCLUSIVE, events_other ACCESS EXCLUSIVE

-- operation: create_a_default_partition
CREATE TABLE measurements_other PARTITION OF measurements DEFAULT;
-- then: locks measurements ACCESS EXCLUSIVE

-- operation: attach
ALTER TABLE measurements ATTACH PARTITION measurements_2026 FOR VALUES FROM ('2026-01-01') TO ('2027-01-01');
-- then: locks measurements SHARE UPDATE EXCLUSIVE, measurements_2026 ACCESS EXCLUSIVE
-- then: scans measurements_2026

-- operation: attach_with_a_check_that_proves_it
-- given:
ALTER TABLE measurements_2026 ADD CONSTRAINT fits
    CHECK (taken IS NOT NULL AND taken >= '2026-01-01' AND taken < '2027-01-01');
-- when:
ALTER TABLE measurements ATTACH PARTITION measurements_2026 FOR VALUES FROM ('2026-01-01') TO ('2027-01-01');
-- then: locks measurements SHARE UPDATE EXCLUSIVE, measurements_2026 ACCESS EXCLUSIVE

-- operation: attach_beside_a_default
ALTER TABLE events ATTACH PARTITION events_login FOR VALUES IN ('login');
-- then: locks events SHARE UPDATE EXCLUSIVE, events_login ACCESS EXCLUSIVE, events_other ACCESS EXCLUSIVE
-- then: scans events_login, events_other

-- operation: attach_beside_a_default_that_excludes_it
-- given:
ALTER TABLE events_login ADD CHECK (kind IS NOT NULL AND kind = 'login');
ALTER TABLE events_other ADD CHECK (kind IS NOT NULL AND kind <> 'login');
-- when:
ALTER TABLE events ATTACH PARTITION events_login FOR VALUES IN ('login');
-- then: locks events SHARE UPDATE EXCLUSIVE, events_login ACCESS EXCLUSIVE, events_other ACCESS EXCLUSIVE

-- operation: attach_a_table_without_the_index
-- given:
ALTER TABLE measurements_2026 ADD CONSTRAINT fits
    CHECK (taken IS NOT NULL AND taken >= '2026-01-01' AND taken < '2027-01-01');
CREATE INDEX measurements_value_idx ON measurements (value);
-- when:
ALTER TABLE measurements ATTACH PARTITION measurements_2026 FOR VALUES FROM ('2026-01-01') TO ('2027-01-01');
-- then: locks measurements SHARE UPDATE EXCLUSIVE, measurements_2026 ACCESS EXCLUSIVE
-- then: builds measurements_2026_value_idx on measurements_2026

-- operation: detach
ALTER TABLE measurements DETACH PARTITION measurements_2024;
-- then: locks measurements ACCESS EXCLUSIVE, measurements_2024 ACCESS EXCLUSIVE

-- operation: detach_beside_a_default
ALTER TABLE events DETACH PARTITION events_logout;
-- then: locks events ACCESS EXCLUSIVE, events_logout ACCESS EXCLUSIVE, events_other ACCESS EXCLUSIVE

-- operation: detach_concurrently
-- It waits for those who use the partitioned table without a lock of its own. In the end it needs the partition alone.
-- meanwhile: SELECT FROM measurements_2024 LIMIT 1
ALTER TABLE measurements DETACH PARTITION measurements_2024 CONCURRENTLY;
-- then: locks measurements SHARE UPDATE EXCLUSIVE, measurements_2024 ACCESS EXCLUSIVE

-- operation: drop_a_partition
DROP TABLE measurements_2024;
-- then: locks measurements ACCESS EXCLUSIVE, measurements_2024 ACCESS EXCLUSIVE

-- operation: truncate_a_partition
TRUNCATE measurements_2024;
-- then: locks measurements_2024 ACCESS EXCLUSIVE

-- operation: drop_a_partitioned_table
DROP TABLE measurements;
-- then: locks measurements ACCESS EXCLUSIVE
-- then: locks measurements_2024 ACCESS EXCLUSIVE, measurements_2025 ACCESS EXCLUSIVE
