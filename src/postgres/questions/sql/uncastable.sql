-- No value is counted: the first one that cannot be cast is an error.
SELECT CAST(count(CAST(:value AS :to)) * 0 AS bigint) FROM :table
