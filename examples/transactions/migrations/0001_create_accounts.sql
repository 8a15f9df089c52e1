-- Money in accounts, for the example `transactions`.

-- migrate:up
CREATE TABLE accounts (
    id INTEGER PRIMARY KEY,
    owner TEXT NOT NULL,
    -- Whole rupees: exact, like NUMERIC, and an i64 in the program.
    -- The CHECK is the last guard: no way of writing can overdraw an account.
    balance BIGINT NOT NULL CHECK (balance >= 0)
);

-- migrate:down
DROP TABLE accounts;
