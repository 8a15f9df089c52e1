-- migrate:up
CREATE TABLE logins (country text, at timestamptz) PARTITION BY LIST (country);
CREATE TABLE logins_eu PARTITION OF logins FOR VALUES IN ('de', 'fr');

-- migrate:down
DROP TABLE logins;
