SELECT count(*) FROM (
    SELECT 1 FROM (:query) AS refreshed WHERE :condition GROUP BY :key HAVING count(*) > 1 LIMIT :most
) AS found
