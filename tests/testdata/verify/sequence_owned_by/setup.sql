-- migrate:up
CREATE TABLE badges (number int, colour int);
CREATE SEQUENCE badge_numbers;

-- migrate:down
DROP SEQUENCE badge_numbers;
DROP TABLE badges;
