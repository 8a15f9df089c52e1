-- A plain database that behaves as one of Citus does where it matters to pmdb, and looks like one to it. What it knows of
-- Citus was seen on Citus itself; `PMDB_CITUS_URL` runs the same tests there.

-- Citus hands the whole text of a message to its workers, who take a single statement.
CREATE FUNCTION citus_like() RETURNS event_trigger LANGUAGE plpgsql AS $f$
BEGIN
  IF tg_tag IN ('CREATE INDEX', 'ALTER TABLE') AND current_query() ~ ';\s*\S' THEN
    RAISE EXCEPTION 'cannot insert multiple commands into a prepared statement' USING ERRCODE = '42601';
  END IF;
  IF current_setting('synchronous_commit') = 'off' THEN
    RAISE WARNING 'deferred commit: %', tg_tag;
  END IF;
END $f$;
CREATE EVENT TRIGGER citus_like ON ddl_command_start EXECUTE FUNCTION citus_like();

-- A server for tests puts commits off by itself.
DO $$ BEGIN EXECUTE format('ALTER DATABASE %I SET synchronous_commit = on', current_database()); END $$;

-- By this pmdb knows Citus.
SET allow_system_table_mods = on;
INSERT INTO pg_extension (oid, extname, extowner, extnamespace, extrelocatable, extversion)
VALUES (16000, 'citus', 10, 'pg_catalog'::regnamespace, false, '13.2-1');

-- What pmdb reads of it.
CREATE TABLE pg_catalog.pg_dist_local_group (groupid integer PRIMARY KEY);
INSERT INTO pg_dist_local_group VALUES (0);
CREATE TABLE pg_catalog.pg_dist_node (
  nodeid integer PRIMARY KEY,
  groupid integer NOT NULL,
  nodename text NOT NULL,
  nodeport integer NOT NULL
);
INSERT INTO pg_dist_node VALUES (1, 0, 'coordinator', 5432), (2, 1, 'worker', 5433);
CREATE TABLE pg_catalog.pg_dist_partition (
  logicalrelid regclass PRIMARY KEY,
  partmethod "char" NOT NULL,
  partkey text,
  colocationid integer NOT NULL,
  repmodel "char" NOT NULL
);
CREATE TABLE pg_catalog.pg_dist_colocation (colocationid integer PRIMARY KEY, shardcount integer NOT NULL);
CREATE TABLE pg_catalog.pg_dist_schema (schemaid regnamespace PRIMARY KEY, colocationid integer NOT NULL);
CREATE TABLE pg_catalog.pg_dist_shard (logicalrelid regclass NOT NULL, shardid bigint PRIMARY KEY);
CREATE TABLE pg_catalog.pg_dist_placement (shardid bigint NOT NULL, groupid integer NOT NULL);
CREATE FUNCTION pg_catalog.column_to_column_name(regclass, text) RETURNS text LANGUAGE sql AS 'SELECT $2';
-- It knows a table as distributed that is not; two that are kept together have a number in common.
CREATE SEQUENCE pg_catalog.pg_dist_colocationid_seq START 10;
CREATE FUNCTION pg_catalog.create_distributed_table(t regclass, key text, colocate_with text DEFAULT 'default') RETURNS void
LANGUAGE plpgsql AS $f$
DECLARE
  together integer;
BEGIN
  together := CASE colocate_with WHEN 'default' THEN 1 WHEN 'none' THEN nextval('pg_dist_colocationid_seq')
    ELSE (SELECT colocationid FROM pg_dist_partition WHERE logicalrelid = colocate_with::regclass) END;
  INSERT INTO pg_dist_colocation VALUES (together, 32) ON CONFLICT DO NOTHING;
  INSERT INTO pg_dist_partition VALUES (t, 'h', key, together, 's');
END $f$;
CREATE FUNCTION pg_catalog.alter_distributed_table(t regclass, colocate_with text) RETURNS void
LANGUAGE sql BEGIN ATOMIC
  UPDATE pg_dist_partition SET colocationid = other.colocationid
  FROM pg_dist_partition other WHERE other.logicalrelid = colocate_with::regclass AND pg_dist_partition.logicalrelid = t;
END;
CREATE FUNCTION pg_catalog.create_reference_table(t regclass) RETURNS void LANGUAGE sql BEGIN ATOMIC
  INSERT INTO pg_dist_colocation VALUES (2, 1) ON CONFLICT DO NOTHING;
  INSERT INTO pg_dist_partition VALUES (t, 'n', NULL, 2, 't');
END;
ALTER EXTENSION citus ADD SEQUENCE pg_dist_colocationid_seq;
ALTER EXTENSION citus ADD FUNCTION create_distributed_table(regclass, text, text);
ALTER EXTENSION citus ADD FUNCTION alter_distributed_table(regclass, text);
ALTER EXTENSION citus ADD FUNCTION create_reference_table(regclass);
ALTER EXTENSION citus ADD TABLE pg_dist_local_group;
ALTER EXTENSION citus ADD TABLE pg_dist_node;
ALTER EXTENSION citus ADD TABLE pg_dist_partition;
ALTER EXTENSION citus ADD TABLE pg_dist_colocation;
ALTER EXTENSION citus ADD TABLE pg_dist_schema;
ALTER EXTENSION citus ADD TABLE pg_dist_shard;
ALTER EXTENSION citus ADD TABLE pg_dist_placement;
ALTER EXTENSION citus ADD FUNCTION column_to_column_name(regclass, text);
GRANT SELECT ON pg_dist_local_group, pg_dist_node, pg_dist_partition, pg_dist_colocation, pg_dist_schema, pg_dist_shard, pg_dist_placement
TO PUBLIC;
RESET allow_system_table_mods;
