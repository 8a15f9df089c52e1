SELECT count(*) FROM (
    SELECT 1 FROM :table WHERE CAST(:column AS text[]) && CAST(ARRAY[:values] AS text[]) LIMIT :most
) AS found
