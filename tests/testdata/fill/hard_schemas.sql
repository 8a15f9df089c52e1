-- Hard schemas for `pmdb fill`, one after each line that begins with `-- case:`. Each is filled, or refused before the first
-- row by a message that holds what stands after `-- refused:`.

-- case: a composite key of two foreign keys and a number
CREATE TABLE a (id int PRIMARY KEY); CREATE TABLE b (id text PRIMARY KEY);
CREATE TABLE ab (a_id int NOT NULL REFERENCES a, b_id text NOT NULL REFERENCES b, n smallint NOT NULL, PRIMARY KEY (a_id, b_id, n));
-- case: overlapping unique keys
CREATE TABLE t (a int NOT NULL, b int NOT NULL, c text NOT NULL, UNIQUE (a, b), UNIQUE (b, c), UNIQUE (a, c));
-- case: overlapping unique keys over enums
CREATE TYPE e AS ENUM ('x', 'y', 'z');
CREATE TABLE t (a e NOT NULL, b int NOT NULL, PRIMARY KEY (a, b), UNIQUE (b));
-- case: a table that refers to itself
CREATE TABLE node (id bigint PRIMARY KEY, parent_id bigint REFERENCES node, name text NOT NULL);
-- case: a table that must refer to itself
CREATE TABLE node (id bigint PRIMARY KEY, parent_id bigint NOT NULL REFERENCES node);
-- case: a circle through a column that may be NULL
CREATE TABLE team (id int PRIMARY KEY, lead_id int); CREATE TABLE person (id int PRIMARY KEY, team_id int NOT NULL REFERENCES team);
ALTER TABLE team ADD FOREIGN KEY (lead_id) REFERENCES person;
-- case: a circle of deferrable keys
CREATE TABLE team (id int PRIMARY KEY, lead_id int NOT NULL); CREATE TABLE person (id int PRIMARY KEY, team_id int NOT NULL REFERENCES team DEFERRABLE INITIALLY DEFERRED);
ALTER TABLE team ADD FOREIGN KEY (lead_id) REFERENCES person DEFERRABLE INITIALLY DEFERRED;
-- case: a circle of keys that are not deferrable
CREATE TABLE team (id int PRIMARY KEY, lead_id int NOT NULL); CREATE TABLE person (id int PRIMARY KEY, team_id int NOT NULL REFERENCES team);
ALTER TABLE team ADD FOREIGN KEY (lead_id) REFERENCES person;
-- case: a link table of three
CREATE TABLE a (id int PRIMARY KEY); CREATE TABLE b (id int PRIMARY KEY); CREATE TABLE c (id int PRIMARY KEY);
CREATE TABLE abc (a_id int REFERENCES a, b_id int REFERENCES b, c_id int REFERENCES c, PRIMARY KEY (a_id, b_id, c_id));
-- case: one-to-one
CREATE TABLE a (id uuid PRIMARY KEY); CREATE TABLE b (a_id uuid PRIMARY KEY REFERENCES a, note text);
-- case: a chain of one-to-one
CREATE TABLE a (id uuid PRIMARY KEY); CREATE TABLE b (id uuid PRIMARY KEY REFERENCES a); CREATE TABLE c (id uuid PRIMARY KEY REFERENCES b);
-- case: tenants in every key
CREATE TABLE tenant (id int PRIMARY KEY);
CREATE TABLE usr (tenant_id int NOT NULL REFERENCES tenant, id int NOT NULL, PRIMARY KEY (tenant_id, id));
CREATE TABLE project (tenant_id int NOT NULL REFERENCES tenant, id int NOT NULL, PRIMARY KEY (tenant_id, id));
CREATE TABLE task (tenant_id int NOT NULL, id int NOT NULL, project_id int NOT NULL, owner_id int NOT NULL, PRIMARY KEY (tenant_id, id),
  FOREIGN KEY (tenant_id, project_id) REFERENCES project, FOREIGN KEY (tenant_id, owner_id) REFERENCES usr, FOREIGN KEY (tenant_id) REFERENCES tenant);
-- case: a check over two columns
CREATE TABLE t (id int PRIMARY KEY, starts timestamptz NOT NULL, ends timestamptz NOT NULL, low int, high int, CHECK (ends > starts), CHECK (low <= high));
-- case: checks of many forms
CREATE TABLE t (id int PRIMARY KEY, p numeric(8,2) CHECK (p > 0 AND p < 1000), s text NOT NULL CHECK (s IN ('open', 'it''s done')), l text NOT NULL CHECK (length(l) BETWEEN 3 AND 5),
  c text NOT NULL CHECK (c ~ '^[A-Z]{3}-[0-9]{4}$'), k text NOT NULL CHECK (k LIKE 'SKU-%'), y int NOT NULL CHECK (y % 7 = 3), d date NOT NULL CHECK (d >= '2020-01-01' AND d < '2020-02-01'));
-- case: a check that nothing meets -- refused: never
CREATE TABLE t (id int PRIMARY KEY, a int NOT NULL, CONSTRAINT never CHECK (a > 5 AND a < 3));
-- case: checks that exclude each other -- refused: large with small
CREATE TABLE t (id int PRIMARY KEY, a int NOT NULL, CONSTRAINT large CHECK (a > 500), CONSTRAINT small CHECK (a < 300));
-- case: a domain over a domain
CREATE DOMAIN positive AS int CHECK (VALUE > 0); CREATE DOMAIN percent AS positive NOT NULL CHECK (VALUE <= 100); CREATE DOMAIN mail AS text CHECK (VALUE ~ '^[a-z]+@[a-z]+\.org$');
CREATE TABLE t (id positive PRIMARY KEY, p percent, m mail NOT NULL);
-- case: arrays
CREATE TYPE e AS ENUM ('x', 'y'); CREATE TABLE t (id int PRIMARY KEY, a int[] NOT NULL, t text[], e e[] NOT NULL, u uuid[] NOT NULL, CHECK (cardinality(a) > 0));
-- case: ranges that may not overlap
CREATE EXTENSION IF NOT EXISTS btree_gist;
CREATE TABLE booking (id int PRIMARY KEY, room int NOT NULL, during tstzrange NOT NULL, EXCLUDE USING gist (room WITH =, during WITH &&));
-- case: an exclusion over an expression -- refused: booking_tstzrange_excl
CREATE TABLE booking (id int PRIMARY KEY, a timestamptz NOT NULL, b timestamptz NOT NULL, EXCLUDE USING gist (tstzrange(a, b) WITH &&));
-- case: partitions by range
CREATE TABLE m (id bigint, at timestamptz NOT NULL, PRIMARY KEY (id, at)) PARTITION BY RANGE (at);
CREATE TABLE m1 PARTITION OF m FOR VALUES FROM ('2024-01-01') TO ('2024-07-01'); CREATE TABLE m2 PARTITION OF m FOR VALUES FROM ('2024-07-01') TO ('2025-01-01');
-- case: partitions by list and hash
CREATE TABLE m (id int NOT NULL, k text NOT NULL, PRIMARY KEY (id, k)) PARTITION BY LIST (k);
CREATE TABLE m1 PARTITION OF m FOR VALUES IN ('a', 'b'); CREATE TABLE m2 PARTITION OF m FOR VALUES IN ('c') PARTITION BY HASH (id);
CREATE TABLE m21 PARTITION OF m2 FOR VALUES WITH (MODULUS 2, REMAINDER 0); CREATE TABLE m22 PARTITION OF m2 FOR VALUES WITH (MODULUS 2, REMAINDER 1);
-- case: no partition at all -- refused: partition
CREATE TABLE m (id int NOT NULL) PARTITION BY LIST (id);
-- case: inheritance
CREATE TABLE base (id int PRIMARY KEY, name text NOT NULL); CREATE TABLE derived (extra text NOT NULL, UNIQUE (id)) INHERITS (base);
-- case: identity always
CREATE TABLE t (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, s serial, name text);
-- case: generated columns
CREATE TABLE t (id int PRIMARY KEY, a int NOT NULL, twice int GENERATED ALWAYS AS (a * 2) STORED, CHECK (twice < 2000));
-- case: row security that is forced
CREATE TABLE t (id int PRIMARY KEY, owner text NOT NULL); ALTER TABLE t ENABLE ROW LEVEL SECURITY; ALTER TABLE t FORCE ROW LEVEL SECURITY;
-- case: a trigger that refuses -- refused: no rows here
CREATE FUNCTION no() RETURNS trigger LANGUAGE plpgsql AS $$BEGIN RAISE EXCEPTION 'no rows here'; END$$;
CREATE TABLE t (id int PRIMARY KEY); CREATE TRIGGER no BEFORE INSERT ON t FOR EACH ROW EXECUTE FUNCTION no();
-- case: citext
CREATE EXTENSION IF NOT EXISTS citext; CREATE TABLE t (id int PRIMARY KEY, email citext NOT NULL UNIQUE, nick citext);
-- case: odd names
CREATE SCHEMA "Odd schema"; CREATE TABLE "Odd schema"."select" ("order" int PRIMARY KEY, "a""b" text NOT NULL UNIQUE, "Ünï" date, "value" int CHECK ("value" > 3), "group by" text);
CREATE TABLE "x;DROP" ("y'z" int NOT NULL REFERENCES "Odd schema"."select");
-- case: an index over an expression
CREATE TABLE t (id int PRIMARY KEY, email text NOT NULL, a text); CREATE UNIQUE INDEX ON t (lower(email)); CREATE UNIQUE INDEX ON t (upper(a)) WHERE a IS NOT NULL;
-- case: an index over an expression that puts values together -- refused: t_tenth
CREATE TABLE t (id int PRIMARY KEY, n int NOT NULL, UNIQUE (n)); CREATE UNIQUE INDEX t_tenth ON t ((n / 10));
-- case: short texts in a key
CREATE TABLE t (code char(3) PRIMARY KEY, v varchar(4) UNIQUE, b bit(12) UNIQUE);
-- case: all types
CREATE TABLE t (id int PRIMARY KEY, a bool, b int2, c money, d float4, e float8, f numeric, g numeric(5,3), h varchar(7), i char(4), j bytea, k uuid, l date, m time, n timetz, o timestamp(0), p interval, q json, r jsonb, s tsvector, t inet, u cidr, v macaddr, w bit(5), x varbit(9), y int4range, z numrange, aa name, ab int8, ac daterange, ad point, ae xml, af int4multirange, ag oid);
-- case: a type that nobody knows -- refused: place
CREATE TABLE t (id int PRIMARY KEY, place tsquery NOT NULL);
-- case: a type that a default fills
CREATE TABLE t (id int PRIMARY KEY, place tsquery NOT NULL DEFAULT 'a');
-- case: nulls not distinct by a partial index
CREATE TABLE t (id int PRIMARY KEY, user_id int NOT NULL, is_main bool NOT NULL); CREATE UNIQUE INDEX ON t (user_id) WHERE is_main;
-- case: a key over a boolean and a foreign key
CREATE TABLE u (id int PRIMARY KEY); CREATE TABLE t (u_id int NOT NULL REFERENCES u, is_main bool NOT NULL, PRIMARY KEY (u_id, is_main));
-- case: two foreign keys to the same table
CREATE TABLE u (id int PRIMARY KEY); CREATE TABLE m (id int PRIMARY KEY, sender int NOT NULL REFERENCES u, receiver int NOT NULL REFERENCES u, CHECK (sender <> receiver));
-- case: a check over a foreign key and a column
CREATE TABLE u (id int PRIMARY KEY); CREATE TABLE m (id int PRIMARY KEY, u_id int REFERENCES u, other text, CHECK ((u_id IS NULL) <> (other IS NULL)));
-- case: a key that is not the primary one
CREATE TABLE country (id int PRIMARY KEY, code char(2) NOT NULL UNIQUE); CREATE TABLE city (id int PRIMARY KEY, country char(2) NOT NULL REFERENCES country (code));
-- case: a foreign key that is matched in full
CREATE TABLE a (x int, y int, PRIMARY KEY (x, y)); CREATE TABLE b (id int PRIMARY KEY, x int, y int, FOREIGN KEY (x, y) REFERENCES a MATCH FULL);
-- case: an empty table of an enum key
CREATE TYPE e AS ENUM ('x', 'y'); CREATE TABLE kind (k e PRIMARY KEY); CREATE TABLE t (id int PRIMARY KEY, k e NOT NULL REFERENCES kind);
-- case: foreign keys of two columns that share one
CREATE TABLE a (x int, y int, PRIMARY KEY (x, y)); CREATE TABLE b (x int, z int, PRIMARY KEY (x, z));
CREATE TABLE c (id int PRIMARY KEY, x int NOT NULL, y int NOT NULL, z int NOT NULL, FOREIGN KEY (x, y) REFERENCES a, FOREIGN KEY (x, z) REFERENCES b);
-- case: a foreign key to a partitioned table
CREATE TABLE m (id int PRIMARY KEY) PARTITION BY HASH (id); CREATE TABLE m1 PARTITION OF m FOR VALUES WITH (MODULUS 2, REMAINDER 0); CREATE TABLE m2 PARTITION OF m FOR VALUES WITH (MODULUS 2, REMAINDER 1);
CREATE TABLE t (id int PRIMARY KEY, m_id int NOT NULL REFERENCES m);
-- case: rows that are there already
CREATE TABLE country (code text PRIMARY KEY); INSERT INTO country VALUES ('de'), ('fr'); CREATE TABLE city (id int PRIMARY KEY, country text NOT NULL REFERENCES country);
-- case: a composite type -- refused: shape
CREATE TYPE pair AS (a int, b int); CREATE TABLE t (id int PRIMARY KEY, shape pair NOT NULL);
-- case: a trigger that changes the row
CREATE FUNCTION stamp() RETURNS trigger LANGUAGE plpgsql AS $$BEGIN NEW.slug := lower(NEW.title); RETURN NEW; END$$;
CREATE TABLE t (id int PRIMARY KEY, title text NOT NULL, slug text); CREATE TRIGGER stamp BEFORE INSERT ON t FOR EACH ROW EXECUTE FUNCTION stamp();
-- case: a tree of tenants
CREATE TABLE node (tenant int NOT NULL, id int NOT NULL, parent int, PRIMARY KEY (tenant, id), FOREIGN KEY (tenant, parent) REFERENCES node);
-- case: a key with few values
CREATE TABLE t (id int PRIMARY KEY, k char(1) NOT NULL UNIQUE);
-- case: a tree of tenants that are a table
CREATE TABLE tenant (id int PRIMARY KEY);
CREATE TABLE node (tenant int NOT NULL REFERENCES tenant, id int NOT NULL, parent int, PRIMARY KEY (tenant, id), FOREIGN KEY (tenant, parent) REFERENCES node);
-- case: a tree of tenants without a root -- refused: node_tenant_parent_fkey
CREATE TABLE node (tenant int NOT NULL, id int NOT NULL, parent int NOT NULL, PRIMARY KEY (tenant, id), FOREIGN KEY (tenant, parent) REFERENCES node);
-- case: a key that refers to itself
CREATE TABLE t (id int PRIMARY KEY REFERENCES t, name text);
-- case: a key of a foreign key and a text of few values
CREATE TABLE u (id int PRIMARY KEY); CREATE TABLE t (id int PRIMARY KEY, u_id int NOT NULL REFERENCES u, kind text NOT NULL CHECK (kind IN ('home', 'work', 'other')), UNIQUE (u_id, kind));
-- case: a link table whose first row comes before the second
CREATE TABLE u (id int PRIMARY KEY); CREATE TABLE friends (a int REFERENCES u, b int REFERENCES u, PRIMARY KEY (a, b), CHECK (a < b));
-- case: a unique text of a pattern
CREATE TABLE t (id int PRIMARY KEY, code text NOT NULL UNIQUE CHECK (code ~ '^[A-Z]{3}-[0-9]{4}$'));
-- case: partitions by range of the primary key
CREATE TABLE t (id int PRIMARY KEY, name text) PARTITION BY RANGE (id);
CREATE TABLE t1 PARTITION OF t FOR VALUES FROM (0) TO (1000); CREATE TABLE t2 PARTITION OF t FOR VALUES FROM (5000) TO (6000);
-- case: a unique number within limits
CREATE TABLE t (id int PRIMARY KEY, n int NOT NULL UNIQUE CHECK (n BETWEEN 10 AND 300));
-- case: two keys of tenants that are no table
CREATE TABLE project (tenant int, id int, PRIMARY KEY (tenant, id)); CREATE TABLE usr (tenant int, id int, PRIMARY KEY (tenant, id));
CREATE TABLE task (id int PRIMARY KEY, tenant int NOT NULL, project int NOT NULL, usr int NOT NULL, FOREIGN KEY (tenant, project) REFERENCES project, FOREIGN KEY (tenant, usr) REFERENCES usr);
-- case: a check that few numbers of a key pass
CREATE TABLE t (id int PRIMARY KEY CHECK (id % 7 = 3)); CREATE TABLE c (t_id int NOT NULL REFERENCES t CHECK (t_id > 20), n int NOT NULL, PRIMARY KEY (t_id, n), CHECK (n <> 5));
-- case: a check over a key and other columns
CREATE TABLE t (room int NOT NULL, starts timestamptz NOT NULL, ends timestamptz NOT NULL, UNIQUE (room, starts), CHECK (ends > starts), CHECK (room < 100 OR ends IS NOT NULL));
-- case: columns that are called as pmdb's own
CREATE TABLE t (pmdb_number int PRIMARY KEY, pmdb_0 int CHECK (pmdb_0 > 3), pmdb_values text NOT NULL CHECK (pmdb_values <> ''), number int NOT NULL CHECK (number < 9));
-- case: partitions by list, and these by range of another column
CREATE TABLE t (k text NOT NULL, at date NOT NULL) PARTITION BY LIST (k); CREATE TABLE ta PARTITION OF t FOR VALUES IN ('a') PARTITION BY RANGE (at);
CREATE TABLE ta1 PARTITION OF ta FOR VALUES FROM ('2024-01-01') TO ('2024-02-01'); CREATE TABLE tb PARTITION OF t FOR VALUES IN ('b');
-- case: partitions by an expression
CREATE TABLE t (name text NOT NULL, n int) PARTITION BY RANGE (length(name)); CREATE TABLE t1 PARTITION OF t FOR VALUES FROM (1) TO (9);
-- case: a foreign key of a larger type to rows that are there
CREATE TABLE u (id int PRIMARY KEY); INSERT INTO u SELECT generate_series(1, 5); CREATE TABLE t (id int PRIMARY KEY, u_id bigint NOT NULL REFERENCES u);
-- case: foreign keys of other types
CREATE TABLE u (id int PRIMARY KEY, b bigint UNIQUE, d date UNIQUE, n numeric UNIQUE); CREATE TABLE t (id int PRIMARY KEY, u_id bigint NOT NULL REFERENCES u, n int NOT NULL REFERENCES u (n), b int NOT NULL REFERENCES u (b), d timestamp NOT NULL REFERENCES u (d));
-- case: a foreign key to what the server computes -- refused: t_id_twice_fkey
CREATE TABLE u (id int PRIMARY KEY, twice int GENERATED ALWAYS AS (id * 2) STORED, UNIQUE (id, twice)); CREATE TABLE t (id int NOT NULL, twice int NOT NULL, FOREIGN KEY (id, twice) REFERENCES u (id, twice));
-- case: types with few digits
CREATE TABLE t (id int PRIMARY KEY, b bit(100) NOT NULL UNIQUE, n numeric(4,2) NOT NULL UNIQUE, i interval year to month NOT NULL UNIQUE, j interval day to hour NOT NULL UNIQUE);
-- case: a check over what the server computes
CREATE TABLE t (id int PRIMARY KEY, a int NOT NULL, b int NOT NULL, sum int GENERATED ALWAYS AS (a + b) STORED, CHECK (sum BETWEEN 50 AND 60), CHECK (a > 20));
-- case: a check that fails for most values
CREATE TABLE t (id int PRIMARY KEY, zip text NOT NULL CHECK (zip::int > 10000), a int NOT NULL CHECK (100 / a > 3));
-- case: a composite foreign key whose second column may be NULL
CREATE TABLE p (tenant int, id int, PRIMARY KEY (tenant, id)); CREATE TABLE t (id int PRIMARY KEY, tenant int NOT NULL, p_id int, FOREIGN KEY (tenant, p_id) REFERENCES p);
-- case: a check on one partition alone
CREATE TABLE p (id int NOT NULL, b bool NOT NULL) PARTITION BY LIST (b); CREATE TABLE p0 PARTITION OF p FOR VALUES IN (true); CREATE TABLE p1 PARTITION OF p FOR VALUES IN (false); ALTER TABLE p0 ADD CHECK (id BETWEEN 5 AND 10);
-- case: a foreign key on one partition alone
CREATE TABLE p (a int PRIMARY KEY) PARTITION BY RANGE (a); CREATE TABLE p1 PARTITION OF p FOR VALUES FROM (0) TO (50); CREATE TABLE c (id int PRIMARY KEY) PARTITION BY HASH (id); CREATE TABLE c0 PARTITION OF c FOR VALUES WITH (MODULUS 2, REMAINDER 0); CREATE TABLE c1 PARTITION OF c FOR VALUES WITH (MODULUS 2, REMAINDER 1); ALTER TABLE c1 ADD FOREIGN KEY (id) REFERENCES p;
-- case: partitions by hash of which one is there
CREATE TABLE p (id int PRIMARY KEY) PARTITION BY HASH (id); CREATE TABLE p0 PARTITION OF p FOR VALUES WITH (MODULUS 4, REMAINDER 3);
-- case: keys of each partition alone
CREATE TABLE ev (id bigint NOT NULL, ts timestamptz NOT NULL) PARTITION BY RANGE (ts); CREATE TABLE ev5 PARTITION OF ev FOR VALUES FROM ('2025-01-01') TO ('2026-01-01'); ALTER TABLE ev5 ADD PRIMARY KEY (id); CREATE TABLE ev4 (ts timestamptz NOT NULL, id bigint PRIMARY KEY); ALTER TABLE ev ATTACH PARTITION ev4 FOR VALUES FROM ('2024-01-01') TO ('2025-01-01');
-- case: a foreign key to one partition alone, which may be NULL
CREATE TABLE ev (id bigint NOT NULL, ts date NOT NULL) PARTITION BY RANGE (ts); CREATE TABLE ev5 PARTITION OF ev FOR VALUES FROM ('2025-01-01') TO ('2026-01-01'); ALTER TABLE ev5 ADD PRIMARY KEY (id); CREATE TABLE t (id int PRIMARY KEY, ev bigint REFERENCES ev5);
-- case: a foreign key to one partition alone -- refused: t_ev_fkey
CREATE TABLE ev (id bigint NOT NULL, ts date NOT NULL) PARTITION BY RANGE (ts); CREATE TABLE ev5 PARTITION OF ev FOR VALUES FROM ('2025-01-01') TO ('2026-01-01'); ALTER TABLE ev5 ADD PRIMARY KEY (id); CREATE TABLE t (id int PRIMARY KEY, ev bigint NOT NULL REFERENCES ev5);
-- case: a trigger that keeps rows out -- refused: a trigger keeps rows out
CREATE TABLE t (id int PRIMARY KEY); CREATE FUNCTION no() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NULL; END'; CREATE TRIGGER no BEFORE INSERT ON t FOR EACH ROW EXECUTE FUNCTION no();
-- case: money, and times that a check compares with the hour of a day
CREATE TABLE t (id int PRIMARY KEY, price money NOT NULL CHECK (price > 12.34::money AND price < 99::money), at timestamptz NOT NULL CHECK (at::date > '2025-03-01'), lasts interval NOT NULL CHECK (lasts > '1 day 02:00'));
-- case: a tree of tenants whose rows refer on to those of others
CREATE TABLE tenant (id int PRIMARY KEY); CREATE TABLE usr (tid int NOT NULL REFERENCES tenant, id bigint NOT NULL, PRIMARY KEY (tid, id));
CREATE TABLE project (tid int NOT NULL, id bigint NOT NULL, owner bigint NOT NULL, PRIMARY KEY (tid, id), FOREIGN KEY (tid, owner) REFERENCES usr);
CREATE TABLE task (tid int NOT NULL, id bigint NOT NULL, project bigint NOT NULL, assignee bigint, PRIMARY KEY (tid, id), FOREIGN KEY (tid, project) REFERENCES project, FOREIGN KEY (tid, assignee) REFERENCES usr);
CREATE TABLE remark (id int PRIMARY KEY, tid int NOT NULL, task bigint NOT NULL, author bigint NOT NULL, project bigint, FOREIGN KEY (tid, task) REFERENCES task, FOREIGN KEY (tid, author) REFERENCES usr, FOREIGN KEY (tid, project) REFERENCES project);
-- case: tenants that are no table, one step further
CREATE TABLE usr (tid int NOT NULL, id bigint NOT NULL, PRIMARY KEY (tid, id));
CREATE TABLE project (tid int NOT NULL, id bigint NOT NULL, owner bigint NOT NULL, PRIMARY KEY (tid, id), FOREIGN KEY (tid, owner) REFERENCES usr);
CREATE TABLE task (id int PRIMARY KEY, tid int NOT NULL, project bigint NOT NULL, assignee bigint, FOREIGN KEY (tid, project) REFERENCES project, FOREIGN KEY (tid, assignee) REFERENCES usr);
-- case: a unique column that the server computes
CREATE TABLE u (id int PRIMARY KEY, org int NOT NULL, email text NOT NULL, email_l text GENERATED ALWAYS AS (lower(email)) STORED UNIQUE, UNIQUE (org, email_l));
-- case: a time that lies ahead
CREATE TABLE t (id int PRIMARY KEY, expires_at timestamptz NOT NULL CHECK (expires_at > now()), day date CHECK (day > CURRENT_DATE), made_at timestamptz NOT NULL CHECK (made_at <= now()));
-- case: rows of a list that follow each other
CREATE TABLE t (id int PRIMARY KEY, next int UNIQUE REFERENCES t); CREATE TABLE ring (id int PRIMARY KEY, next int NOT NULL UNIQUE REFERENCES ring);
-- case: a unique column that may be NULL and has few values
CREATE TABLE t (id int PRIMARY KEY, k boolean UNIQUE, a boolean, n char(1) CHECK (n IN ('a', 'b')), UNIQUE (a, n));
-- case: a type that COPY BINARY cannot read -- refused: its column a is of type aclitem
CREATE TABLE t (id int PRIMARY KEY, a aclitem);
-- case: a computed column that some values are none for -- refused: perhaps for b, which the server computes
CREATE TABLE t (id int PRIMARY KEY, a text NOT NULL, b int GENERATED ALWAYS AS (a::int) STORED);
-- case: checks that ask for small letters and for capitals
CREATE TABLE t (id serial PRIMARY KEY, name text NOT NULL CHECK (name = lower(name)), full_name varchar(40) NOT NULL CHECK (full_name = upper(full_name)),
  label varchar(20) NOT NULL UNIQUE CHECK (label = lower(label)), city text CHECK (city = lower(city) AND city <> ''), sku text NOT NULL UNIQUE CHECK (sku::text = upper(sku::text)));
-- case: a foreign key that cannot hold the texts of its parent -- refused: c_p_code_fkey cannot be met: its column p_code is narrower than the key of p, and cannot hold
CREATE TABLE p (code text PRIMARY KEY); CREATE TABLE c (id int PRIMARY KEY, p_code varchar(5) NOT NULL REFERENCES p);
-- case: a foreign key that cannot hold the parts of numbers -- refused: c_p_id_fkey cannot be met: its column p_id is narrower than the key of p, and cannot hold
CREATE TABLE p (id numeric(12,2) PRIMARY KEY); CREATE TABLE c (id int PRIMARY KEY, p_id int NOT NULL REFERENCES p);
-- case: a foreign key of days that refers to moments -- refused: c_at_fkey cannot be met: its column at is narrower than the key of p, and cannot hold
CREATE TABLE p (at timestamptz PRIMARY KEY); CREATE TABLE c (id int PRIMARY KEY, at date NOT NULL REFERENCES p);
-- case: a foreign key with fewer digits -- refused: c_p_id_fkey cannot be met: its column p_id is narrower than the key of p, and cannot hold
CREATE TABLE p (id numeric(12,3) PRIMARY KEY); CREATE TABLE c (id int PRIMARY KEY, p_id numeric(12,1) NOT NULL REFERENCES p);
-- case: a foreign key of another type that can hold what it refers to
CREATE TABLE p (id bigint PRIMARY KEY, code varchar(10) NOT NULL UNIQUE);
CREATE TABLE c (id int PRIMARY KEY, p_id smallint NOT NULL REFERENCES p, p_code text NOT NULL REFERENCES p (code), n int NOT NULL REFERENCES p (id));
-- case: a unique index over an expression, with a predicate or more columns
CREATE TABLE docs (id bigint PRIMARY KEY, version int NOT NULL, ext uuid, title text NOT NULL); CREATE UNIQUE INDEX ON docs (lower(title)) WHERE id > 0;
CREATE UNIQUE INDEX ON docs (upper(title)) INCLUDE (id); CREATE UNIQUE INDEX ON docs (md5(title)) WHERE ext IS NOT NULL; CREATE UNIQUE INDEX ON docs (lower(title)) INCLUDE (version);
CREATE TABLE tenants (id int PRIMARY KEY); CREATE TABLE users (id int PRIMARY KEY, deleted_at timestamptz, tenant_id int NOT NULL REFERENCES tenants, email text NOT NULL);
CREATE UNIQUE INDEX ON users (tenant_id, lower(email)) WHERE deleted_at IS NULL;
CREATE TABLE named (text text NOT NULL, title varchar(60) NOT NULL); CREATE UNIQUE INDEX ON named (lower(title::text));
-- case: unique numbers of any scale in a range
CREATE TABLE t (a numeric PRIMARY KEY CHECK (a >= 10), b float4 UNIQUE CHECK (b > 20000000), d numeric UNIQUE CHECK (d >= 0 AND d <= 3000));
-- case: two foreign keys that share a column, the second one in a key
CREATE TABLE tenants (id int PRIMARY KEY); CREATE TABLE t1 (t int REFERENCES tenants, id int, PRIMARY KEY (t, id)); CREATE TABLE t2 (t int REFERENCES tenants, id int, PRIMARY KEY (t, id));
CREATE TABLE t3 (t int NOT NULL, a int NOT NULL, c int NOT NULL, FOREIGN KEY (t, a) REFERENCES t1, FOREIGN KEY (t, c) REFERENCES t2, PRIMARY KEY (t, c));
-- case: a key over a part of a foreign key -- refused: it holds some of the columns of a foreign key, and not all
CREATE TABLE p (a int, b int, PRIMARY KEY (a, b)); CREATE TABLE c (id int PRIMARY KEY, a int NOT NULL, b int NOT NULL, is_on boolean NOT NULL, FOREIGN KEY (a, b) REFERENCES p, UNIQUE (a, is_on));
-- case: two foreign keys to the same table that share a column
CREATE TABLE acc (tenant int, id int, PRIMARY KEY (tenant, id)); CREATE TABLE tr (id int PRIMARY KEY, tenant int NOT NULL, f int NOT NULL, g int NOT NULL, FOREIGN KEY (tenant, f) REFERENCES acc, FOREIGN KEY (tenant, g) REFERENCES acc);
-- case: an index on texts that a check allows to be long
CREATE TABLE t (id int PRIMARY KEY, body text NOT NULL CHECK (length(body) BETWEEN 1 AND 5000), url text NOT NULL CHECK (length(url) <= 2048), h text NOT NULL CHECK (length(h) <= 1024)); CREATE INDEX ON t (body); CREATE INDEX ON t (url, h); CREATE INDEX ON t (lower(body), h);
