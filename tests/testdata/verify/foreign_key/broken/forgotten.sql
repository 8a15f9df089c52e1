-- expect: not_reversed
-- expect: - constraint comments_post_fkey on public.comments
-- migrate:up
ALTER TABLE comments DROP CONSTRAINT comments_post_fkey;

-- migrate:down
DELETE FROM comments WHERE post NOT IN (SELECT id FROM posts);
