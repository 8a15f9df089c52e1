SELECT count(*) FROM (SELECT 1 FROM :table WHERE :condition LIMIT :most) AS found
