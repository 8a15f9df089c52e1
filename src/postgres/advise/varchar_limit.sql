SELECT sql AS object,
    format('the limit of %s means nothing to a reader, and a longer value wants a migration', type_sql) AS why,
    alter_sql || ' TYPE text;' AS fix
FROM columns WHERE type = 'varchar'::regtype AND modifier <> -1
