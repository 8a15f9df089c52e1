-- Made-up production data for the bundled schema: 5,000 users, 2,000 projects, 60,000 tasks. A few people and projects have most
-- of the work, many have none; most of what was begun is finished; the newest rows stand last.
CREATE FUNCTION pg_temp.share(salt text, n int) RETURNS float8 LANGUAGE sql IMMUTABLE AS
    $$ SELECT (('x' || substr(md5(salt || n), 1, 8))::bit(32)::int8 & 2147483647) / 2147483648.0 $$;
CREATE FUNCTION pg_temp.id(kind text, n int) RETURNS uuid LANGUAGE sql IMMUTABLE AS $$ SELECT md5(kind || n)::uuid $$;
-- From 1 to `end`, the small ones by far the most often.
CREATE FUNCTION pg_temp.skewed(salt text, n int, "end" int) RETURNS int LANGUAGE sql IMMUTABLE AS
    $$ SELECT 1 + floor("end" * power(pg_temp.share(salt, n), 4))::int $$;
CREATE FUNCTION pg_temp.moment(salt text, n int, of int) RETURNS timestamptz LANGUAGE sql STABLE AS
    $$ SELECT timestamptz '2019-03-01' + (n + pg_temp.share(salt, n) * 50) / of * interval '700 days'
        + pg_temp.share(salt || 'µ', n) * interval '1 hour' $$;

INSERT INTO users (id, email, full_name, password_hash, created_at, updated_at)
SELECT pg_temp.id('user', n), 'real.person' || n || '@secret-' || n % 40 || '.test', 'Realname ' || substr(md5('name' || n % 900), 1, 12),
    '$2b$12$' || md5('a' || n) || md5('b' || n), pg_temp.moment('u', n, 5000), pg_temp.moment('u', n, 5000) + interval '3 days'
FROM generate_series(1, 5000) n;

INSERT INTO user_profiles (user_id, avatar_url, bio, phone, created_at, updated_at)
SELECT pg_temp.id('user', n), CASE WHEN n % 5 < 2 THEN 'https://img.secret.test/' || md5('img' || n) END,
    CASE WHEN n % 10 < 1 THEN 'Bio of the real person ' || repeat(md5('bio' || n) || ' ', 3) END,
    CASE WHEN n % 2 = 0 THEN '+49 7' || 100000000 + (pg_temp.share('phone', n) * 899999999)::int END,
    pg_temp.moment('u', n, 5000), pg_temp.moment('u', n, 5000)
FROM generate_series(1, 5000) n WHERE pg_temp.share('profile', n) < 0.6;

INSERT INTO projects (id, name, description, status, owner_id, created_at, updated_at)
SELECT pg_temp.id('project', n), 'Confidential ' || substr(md5('project' || n % 1700), 1, 10),
    CASE WHEN n % 3 > 0 THEN 'Internal plan ' || md5('text' || n) END,
    (CASE WHEN n % 20 < 2 THEN 'active' WHEN n % 20 < 5 THEN 'completed' ELSE 'archived' END)::project_status,
    pg_temp.id('user', pg_temp.skewed('owner', n, 1500)), pg_temp.moment('p', n, 2000), pg_temp.moment('p', n, 2000) + interval '30 days'
FROM generate_series(1, 2000) n;

INSERT INTO tasks (id, project_id, title, description, priority, status, due_date, assigned_to, created_at, updated_at)
SELECT pg_temp.id('task', n), pg_temp.id('project', pg_temp.skewed('of', n, 1600)), 'Hidden work ' || substr(md5('title' || n % 30000), 1, 14),
    CASE WHEN n % 4 = 0 THEN 'What really happened: ' || repeat(md5('what' || n) || ' ', 4) END,
    1 + floor(5 * power(pg_temp.share('priority', n), 3))::int,
    (CASE WHEN n % 100 < 88 THEN 'completed' WHEN n % 100 < 95 THEN 'cancelled' WHEN n % 100 < 99 THEN 'pending' ELSE 'in_progress' END)::task_status,
    CASE WHEN n % 10 < 7 THEN pg_temp.moment('t', n, 60000)::date + (40 * pg_temp.share('due', n))::int END,
    CASE WHEN n % 100 >= 15 THEN pg_temp.id('user', pg_temp.skewed('who', n, 1200)) END,
    pg_temp.moment('t', n, 60000), pg_temp.moment('t', n, 60000) + pg_temp.share('done', n) * interval '60 days'
FROM generate_series(1, 60000) n;

INSERT INTO project_members (project_id, user_id, role, created_at, updated_at)
SELECT pg_temp.id('project', pg_temp.skewed('in', n, 2000)), pg_temp.id('user', pg_temp.skewed('member', n, 5000)),
    (CASE WHEN n % 50 = 0 THEN 'owner' WHEN n % 50 < 5 THEN 'admin' ELSE 'member' END)::member_role,
    pg_temp.moment('m', n, 20000), pg_temp.moment('m', n, 20000)
FROM generate_series(1, 20000) n ON CONFLICT DO NOTHING;

ANALYZE users, user_profiles, projects, tasks, project_members;
