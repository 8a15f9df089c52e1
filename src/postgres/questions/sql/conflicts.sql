-- Each pair once.
WITH rows AS MATERIALIZED (SELECT ctid AS place, :keys FROM ONLY :table WHERE :condition)
SELECT count(*) FROM (
    SELECT 1 FROM rows AS one JOIN rows AS other ON one.place < other.place AND :conflict LIMIT :most
) AS found
