-- Tables by their OIDs, columns by their numbers. A column that is inherited goes with its parent's.
SELECT c.oid, 0, NULL, format('%I.%I', nspname, relname)
FROM pg_class c JOIN pg_namespace n ON n.oid = relnamespace
WHERE c.oid >= 16384 AND relkind IN ('r', 'p') AND nspname !~ '^pg_(toast|temp)'
UNION ALL
SELECT c.oid, attnum, format('%I.%I', nspname, relname), quote_ident(attname)
FROM pg_attribute
JOIN pg_class c ON c.oid = attrelid JOIN pg_namespace n ON n.oid = relnamespace
WHERE c.oid >= 16384 AND relkind IN ('r', 'p') AND nspname !~ '^pg_(toast|temp)'
    AND attnum > 0 AND NOT attisdropped AND attinhcount = 0
