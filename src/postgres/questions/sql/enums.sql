SELECT count(*) FROM (SELECT FROM :table WHERE CAST(:column AS text) IN (:values) LIMIT :most) AS found
