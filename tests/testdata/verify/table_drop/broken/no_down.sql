-- expect: irreversible
-- migrate:up
DROP TABLE suppliers;
