-- migrate:up
CREATE TYPE shirt_size AS ENUM ('S', 'M', 'L');

-- migrate:down
DROP TYPE shirt_size;
