items AS (
    SELECT class, oid, sub,
        CASE grantee WHEN 0 THEN 'PUBLIC' WHEN owner THEN '(owner)' ELSE quote_ident(pg_get_userbyid(grantee)) END
            || CASE WHEN grantor <> owner THEN ' by ' || quote_ident(pg_get_userbyid(grantor)) ELSE '' END AS who,
        string_agg(privilege, ', ' ORDER BY privilege_type, is_grantable) FILTER (WHERE list = 'acl') AS now,
        string_agg(privilege, ', ' ORDER BY privilege_type, is_grantable) FILTER (WHERE list = 'usual') AS before
    FROM granted,
        LATERAL (SELECT 'acl' AS list, e.* FROM aclexplode(acl) e UNION ALL SELECT 'usual', e.* FROM aclexplode(usual) e) AS e,
        LATERAL (SELECT privilege_type || CASE WHEN is_grantable THEN ' with grant option' ELSE '' END AS privilege) AS p
    GROUP BY 1, 2, 3, 4
)
