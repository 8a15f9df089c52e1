SELECT DISTINCT ON (i.oid)
    i.sql AS object, format('%s begins with the same columns', longer.sql) AS why, i.drop_sql AS fix
FROM indexes i
JOIN indexes longer ON longer.table_oid = i.table_oid AND longer.oid <> i.oid
WHERE i.method = 'btree' AND longer.method = 'btree' AND longer.is_valid
    AND NOT i.is_unique AND NOT i.is_identity AND i.constraint_name IS NULL
    AND i.expressions IS NULL AND i.column_count = i.key_count
    AND longer.key_count >= i.key_count AND longer.column_count > i.column_count
    AND longer.predicate IS NOT DISTINCT FROM i.predicate
    AND starts_with(longer.columns::text || ' ', i.columns::text || ' ')
    AND starts_with(longer.operator_classes::text || ' ', i.operator_classes::text || ' ')
    AND starts_with(longer.collations::text || ' ', i.collations::text || ' ')
    AND starts_with(longer.orders::text || ' ', i.orders::text || ' ')
ORDER BY i.oid, longer.column_count, longer.sql
