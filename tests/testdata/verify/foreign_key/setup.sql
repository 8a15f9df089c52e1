-- migrate:up
CREATE TABLE posts (id int PRIMARY KEY);
CREATE TABLE comments (post int CONSTRAINT comments_post_fkey REFERENCES posts ON DELETE CASCADE ON UPDATE RESTRICT);

-- migrate:down
DROP TABLE comments;
DROP TABLE posts;
