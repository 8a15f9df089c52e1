-- A condition that is neither true nor false is not broken.
SELECT count(*) FROM (SELECT FROM :table WHERE NOT (:condition) LIMIT :most) AS found
