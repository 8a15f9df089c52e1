-- What an index of this sort holds of a row is at least this large. What is compressed in the table, or could not be, is so in the
-- index, too; only of the rest the server may make something smaller there. Pages of another size hold more.
SELECT count(*) FROM (
    SELECT 1 FROM :table WHERE current_setting('block_size') = '8192' AND (:condition) AND 8 + :size > 2704 LIMIT :most
) AS found
