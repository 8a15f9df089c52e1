-- expect: not_reversed
-- expect: ~ table public.books: comment `All books` → none
-- migrate:up
COMMENT ON TABLE books IS 'All books, also those that are lent';

-- migrate:down
COMMENT ON TABLE books IS NULL;
