SELECT count(*) FROM (SELECT 1 FROM :table WHERE :column :follows (SELECT :first) LIMIT :most) AS found
