-- migrate:up
CREATE TABLE pets (nme text, kidn text);

-- migrate:down
DROP TABLE pets;
