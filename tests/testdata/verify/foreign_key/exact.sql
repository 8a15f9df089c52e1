-- migrate:up
ALTER TABLE comments DROP CONSTRAINT comments_post_fkey;

-- migrate:down
ALTER TABLE comments ADD CONSTRAINT comments_post_fkey
    FOREIGN KEY (post) REFERENCES posts ON DELETE CASCADE ON UPDATE RESTRICT;
