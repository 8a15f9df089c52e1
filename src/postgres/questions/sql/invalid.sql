SELECT count(*) FROM (
    SELECT 1 FROM :table WHERE NOT pg_input_is_valid(CAST(:column AS text), :to) LIMIT :most
) AS found
