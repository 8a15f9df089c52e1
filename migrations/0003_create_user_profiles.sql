-- One-to-one: a user has at most one profile. The primary key is the user's own id, so a second profile
-- for the same user is impossible and no further key is needed.

-- migrate:up
CREATE TABLE user_profiles (
    -- A profile without its user is of no use, so it goes with the user (CASCADE).
    user_id UUID PRIMARY KEY REFERENCES users(id) ON DELETE CASCADE,
    -- Nobody has to fill these in, hence no NOT NULL.
    avatar_url TEXT,
    bio TEXT,
    phone TEXT,
    created_at TIMESTAMPTZ NOT NULL DEFAULT now(),
    updated_at TIMESTAMPTZ NOT NULL DEFAULT now()
);

-- migrate:down
DROP TABLE user_profiles;
