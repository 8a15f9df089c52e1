-- No row is counted: the first one for which an expression fails is an error.
SELECT CAST((:computed) * 0 AS bigint) FROM :table WHERE :condition
