-- The schema of the chapter has no use for ON DELETE SET DEFAULT, so these two tables stand in: a ticket whose queue is
-- closed goes back to the inbox.

-- migrate:up
CREATE TABLE queues (
    name TEXT PRIMARY KEY
);

CREATE TABLE tickets (
    id BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    title TEXT NOT NULL,
    queue TEXT NOT NULL DEFAULT 'inbox' REFERENCES queues (name) ON DELETE SET DEFAULT
);

INSERT INTO queues (name) VALUES ('inbox'), ('billing');
INSERT INTO tickets (title, queue) VALUES ('Two invoices for one order', 'billing'), ('A question', 'inbox');

-- migrate:down
DROP TABLE tickets;
DROP TABLE queues;
