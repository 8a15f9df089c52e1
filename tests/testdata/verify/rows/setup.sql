-- migrate:up
CREATE TABLE currencies (code char(3) PRIMARY KEY);

-- migrate:down
DROP TABLE currencies;
