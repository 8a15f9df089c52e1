SELECT count(*) FROM (
    SELECT FROM :table WHERE :condition GROUP BY :key HAVING count(*) > 1 LIMIT :most
) AS found
