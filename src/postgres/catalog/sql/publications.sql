SELECT 'publication' AS kind, NULL AS "of", quote_ident(pubname) AS name, tableoid AS class, oid, 0 AS sub,
    pg_get_userbyid(pubowner) AS owner,
    CASE WHEN puballtables THEN 'true' END AS "all tables",
    concat_ws(', ', CASE WHEN pubinsert THEN 'insert' END, CASE WHEN pubupdate THEN 'update' END,
        CASE WHEN pubdelete THEN 'delete' END, CASE WHEN pubtruncate THEN 'truncate' END) AS publish,
    CASE pubgencols WHEN 's' THEN 'stored' END AS "generated columns", -- since 18
    CASE WHEN pubviaroot THEN 'true' END AS "via partition root"
FROM pg_publication;

SELECT 'publication of table' AS kind, quote_ident(pubname) AS "of", quote_ident(nspname) || '.' || quote_ident(relname) AS name,
    pg_get_expr(prqual, prrelid) AS "where", -- since 15
    (SELECT json_agg(attname ORDER BY attname) FROM pg_attribute WHERE attrelid = prrelid AND attnum = ANY (prattrs)) AS columns, -- since 15
    p.tableoid AS class, p.oid, 0 AS sub
FROM pg_publication_rel p
JOIN pg_publication ON pg_publication.oid = prpubid
JOIN pg_class c ON c.oid = prrelid
JOIN pg_namespace n ON n.oid = relnamespace;

SELECT 'publication of schema' AS kind, quote_ident(pubname) AS "of", quote_ident(nspname) AS name, p.tableoid AS class, p.oid, 0 AS sub -- since 15
FROM pg_publication_namespace p JOIN pg_publication ON pg_publication.oid = pnpubid JOIN pg_namespace n ON n.oid = pnnspid; -- since 15

-- The connection string is not read: it may hold a password, and only a superuser may see it.
SELECT 'subscription' AS kind, NULL AS "of", quote_ident(subname) AS name, 'pg_subscription'::regclass::oid AS class, s.oid, 0 AS sub,
    pg_get_userbyid(subowner) AS owner,
    CASE WHEN subenabled THEN 'yes' ELSE 'no' END AS enabled,
    CASE WHEN subbinary THEN 'true' END AS "binary",
    substream AS streaming,
    subtwophasestate AS "two-phase", -- since 15
    CASE WHEN subdisableonerr THEN 'true' END AS "disable on error", -- since 15
    CASE WHEN NOT subpasswordrequired THEN 'false' END AS "password required", -- since 16
    CASE WHEN subrunasowner THEN 'true' END AS "run as owner", -- since 16
    suborigin AS origin, -- since 16
    subsynccommit AS "synchronous commit",
    CASE WHEN subfailover THEN 'true' END AS failover, -- since 17
    quote_ident(subslotname) AS slot,
    (SELECT json_agg(publication ORDER BY publication) FROM unnest(subpublications) AS publication) AS publications
FROM pg_subscription s
JOIN pg_database d ON d.oid = subdbid
WHERE datname = current_database();
