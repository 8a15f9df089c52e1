-- A condition that is neither true nor false is not broken.
SELECT count(*) FROM (SELECT 1 FROM :table WHERE NOT (:condition) LIMIT :most) AS found
