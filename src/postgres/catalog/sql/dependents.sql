-- The objects of classes $1 with the numbers $2, and all that depends on them (`changed`). A part that the server has made (the rule
-- of a view, the columns of a composite type) leads to its whole, and a default to its table.
-- `rare` tells whether any of them is not read one by one, `sorts` what sorts of objects there are among those that still
-- exist: relations by their relkind, types by their typtype, all others by their catalog. Queries say which they read.
-- The array of a type and the type of a table's rows are of no sort of their own, since they come with it; nor are the
-- triggers of a foreign key. `privileges` says that somebody has granted or revoked
-- some on one of them. Two sorts stand for the whole database: whether it has security labels, and what is a member of an extension or goes with one.
WITH RECURSIVE touched (class, oid) AS (
    SELECT class, oid FROM unnest($1, $2) AS changed (class, oid)
    UNION
    :next_touched
)
:sorts_of_touched;
