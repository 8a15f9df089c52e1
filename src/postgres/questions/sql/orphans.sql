-- EXCEPT compares by what the type itself calls equal, wherever its operators are.
SELECT count(*) FROM (
    SELECT 1 FROM (
        SELECT :columns FROM :table WHERE :have_values
        EXCEPT
        SELECT :parent_columns FROM :parent WHERE :stay
    ) AS orphans LIMIT :most
) AS found
