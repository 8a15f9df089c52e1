-- A row of NULLs is a value, and IS NULL would not say so.
SELECT count(*) FROM (SELECT 1 FROM :table WHERE :column IS NOT DISTINCT FROM NULL LIMIT :most) AS found
