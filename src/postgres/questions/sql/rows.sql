SELECT count(*) FROM (SELECT FROM :table LIMIT :most) AS found
