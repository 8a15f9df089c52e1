-- migrate:up
CREATE TABLE books (isbn text);
COMMENT ON TABLE books IS 'All books';

-- migrate:down
DROP TABLE books;
