SELECT count(*) FROM (
    SELECT FROM :table WHERE NOT pg_input_is_valid(CAST(:column AS text), :to) LIMIT :most
) AS found
