SELECT count(*) FROM (
    SELECT 1 FROM :table WHERE CAST(CAST((:value) AS :to) AS :from) IS DISTINCT FROM :column LIMIT :most
) AS found
