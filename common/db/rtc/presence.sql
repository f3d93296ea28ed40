-- Containers, publications and prompted watchers.

-- name: pub_put
INSERT INTO publication (user_id, category, instance, container_id, version, expire_type,
	expires_at, published_at, body)
SELECT $1::bigint, t.* FROM unnest($2::text[], $3::bigint[], $4::int[], $5::bigint[], $6::int[],
	$7::timestamptz[], $8::timestamptz[], $9::text[]) AS t
ON CONFLICT (user_id, category, instance, container_id) DO UPDATE SET version = excluded.version,
	expire_type = excluded.expire_type, expires_at = excluded.expires_at,
	published_at = excluded.published_at, body = excluded.body

-- name: pub_delete
DELETE FROM publication p
USING unnest($2::text[], $3::bigint[], $4::int[]) AS t(category, instance, container_id)
WHERE p.user_id = $1 AND p.category = t.category AND p.instance = t.instance
	AND p.container_id = t.container_id

-- name: pub_user_gone
DELETE FROM publication WHERE user_id = $1 AND expire_type = 2

-- name: pub_purge
DELETE FROM publication WHERE expires_at <= $1

-- name: container_put
INSERT INTO container (user_id, id, version)
SELECT $1::bigint, t.* FROM unnest($2::int[], $3::bigint[]) AS t
ON CONFLICT (user_id, id) DO UPDATE SET version = excluded.version

-- name: member_clear
DELETE FROM container_member WHERE user_id = $1 AND container_id = ANY($2::int[])

-- name: member_put
INSERT INTO container_member (user_id, container_id, type, value)
SELECT $1::bigint, t.* FROM unnest($2::int[], $3::int[], $4::text[]) AS t
ON CONFLICT DO NOTHING

-- name: subscriber_put
INSERT INTO subscriber (user_id, watcher, display_name, acknowledged)
SELECT $1::bigint, t.watcher, t.display_name, t.acknowledged <> 0
FROM unnest($2::text[], $3::text[], $4::int[]) AS t(watcher, display_name, acknowledged)
ON CONFLICT (user_id, watcher) DO UPDATE SET
	display_name = coalesce(excluded.display_name, subscriber.display_name),
	acknowledged = excluded.acknowledged

-- name: subscriber_delete
DELETE FROM subscriber WHERE user_id = $1 AND watcher = $2
