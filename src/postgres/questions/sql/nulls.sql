-- A row of NULLs is a value, and IS NULL would not say so.
SELECT count(*) FROM (SELECT FROM :table WHERE :column IS NOT DISTINCT FROM NULL LIMIT :most) AS found
