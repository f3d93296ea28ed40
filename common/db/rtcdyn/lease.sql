-- Who is alive (table lease).

-- name: put
-- No row: what is there has a later epoch.
INSERT INTO lease AS l (kind, instance, fqdn, url, type, data, epoch, expires_at)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8)
ON CONFLICT (kind, instance) DO UPDATE SET fqdn = excluded.fqdn, url = excluded.url,
	type = excluded.type, data = excluded.data, epoch = excluded.epoch,
	expires_at = excluded.expires_at
WHERE l.epoch <= excluded.epoch
RETURNING 1

-- name: delete
DELETE FROM lease WHERE kind = $1 AND instance = $2

-- name: load
SELECT kind, instance, fqdn, url, type, data, epoch, expires_at FROM lease
WHERE ($1::text = '' OR kind = $1) AND ($2::timestamptz IS NULL OR expires_at <= $2)
ORDER BY kind, instance
