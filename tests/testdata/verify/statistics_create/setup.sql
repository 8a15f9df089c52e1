-- migrate:up
CREATE TABLE addresses (city text, zip text);

-- migrate:down
DROP TABLE addresses;
