-- Blanks at the end are cut without a word.
SELECT count(*) FROM (
    SELECT 1 FROM :table WHERE char_length(rtrim(CAST(:value AS text), ' ')) > :length LIMIT :most
) AS found
