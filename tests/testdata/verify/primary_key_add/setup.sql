-- migrate:up
CREATE TABLE rooms (building int, number int);

-- migrate:down
DROP TABLE rooms;
