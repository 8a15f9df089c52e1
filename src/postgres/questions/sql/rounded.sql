SELECT count(*) FROM (
    SELECT FROM :table WHERE CAST(CAST(:column AS :to) AS :from) IS DISTINCT FROM :column LIMIT :most
) AS found
