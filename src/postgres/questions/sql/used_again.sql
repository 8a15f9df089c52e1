-- What lies beyond its last value, the sequence would have come to anyhow. As a subquery, that value is looked up once.
SELECT count(*) FROM (
    SELECT 1 FROM :table WHERE :column :follows :first AND :column :precedes (SELECT :last) LIMIT :most
) AS found
