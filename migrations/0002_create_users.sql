-- Everyone who can sign in. The table keeps only what signing in needs; what people tell about themselves
-- has a table of its own (user_profiles), which can grow without touching this one.

-- migrate:up
CREATE TABLE users (
    -- A random key can be made anywhere and tells nobody how many users there are.
    -- gen_random_uuid() is built in from PostgreSQL 13 on.
    id UUID PRIMARY KEY DEFAULT gen_random_uuid(),
    email TEXT NOT NULL UNIQUE,
    full_name TEXT NOT NULL,
    -- Only ever the result of a password hash function, never a password.
    password_hash TEXT NOT NULL,
    -- TIMESTAMPTZ is a moment that means the same in every time zone; a plain TIMESTAMP is not.
    created_at TIMESTAMPTZ NOT NULL DEFAULT now(),
    updated_at TIMESTAMPTZ NOT NULL DEFAULT now()
);

-- migrate:down
DROP TABLE users;
