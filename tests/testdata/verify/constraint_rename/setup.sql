-- migrate:up
CREATE TABLE loans (id int CONSTRAINT loans_pkey PRIMARY KEY, sum int CONSTRAINT loans_check CHECK (sum > 0));

-- migrate:down
DROP TABLE loans;
