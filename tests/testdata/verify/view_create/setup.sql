-- migrate:up
CREATE TABLE bills (id int, paid boolean);

-- migrate:down
DROP TABLE bills;
