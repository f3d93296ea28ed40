-- Settings (table setting).

-- name: list
SELECT level, class, instance, property, value, mtime FROM setting
WHERE ($1::text = '' OR level = $1) AND ($2::text = '' OR class = $2)
ORDER BY level, class, instance, property
LIMIT 10000

-- name: get
SELECT level, class, instance, property, value, mtime FROM setting
WHERE level = $1 AND class = $2 AND instance = $3 AND property = $4

-- name: put
INSERT INTO setting (level, class, instance, property, value) VALUES ($1, $2, $3, $4, $5)
ON CONFLICT (level, class, instance, property) DO UPDATE SET value = excluded.value, mtime = now()

-- name: delete
DELETE FROM setting WHERE level = $1 AND class = $2 AND instance = $3 AND property = $4
