-- Whether a reset of the database `old` has left this one: nobody may connect to it, and it belongs to who resets, or to whom
-- `old` belongs. One of another role's may hold anything.
SELECT COALESCE(NOT datallowconn AND (pg_get_userbyid(datdba) = current_user
    OR datdba = (SELECT datdba FROM pg_database WHERE datname = :old)), false)::text
FROM pg_database
WHERE datname = :new
