SELECT count(*) FROM (SELECT 1 FROM :table WHERE CAST(:column AS text) IN (:values) LIMIT :most) AS found
