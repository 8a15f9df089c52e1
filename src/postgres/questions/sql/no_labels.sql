SELECT count(*) FROM (
    SELECT 1 FROM :table WHERE CAST((:value) AS text) <> ALL (CAST(ARRAY[:labels] AS text[])) LIMIT :most
) AS found
