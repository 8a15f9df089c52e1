SELECT count(*) FROM (SELECT FROM :table WHERE :condition LIMIT :most) AS found
