-- Distribution groups and their members (tables dl, dl_member).

-- name: add
-- No row: the address belongs to a group or a user.
INSERT INTO dl (uri, display_name, mail)
SELECT $1, nullif($2, ''), nullif($3, '')
WHERE NOT EXISTS (SELECT FROM resource WHERE uri = $1)
ON CONFLICT DO NOTHING
RETURNING id

-- name: delete
DELETE FROM dl WHERE uri = $1 RETURNING id

-- name: member_add
-- One row: is there such a group, how many are new in it.
WITH g AS (
	SELECT id FROM dl WHERE uri = $1
), m AS (
	INSERT INTO dl_member (dl, uri)
	SELECT DISTINCT g.id, t.uri FROM g, unnest($2::text[]) AS t(uri)
	ON CONFLICT DO NOTHING
	RETURNING 1
)
SELECT (SELECT count(*) FROM g), (SELECT count(*) FROM m)

-- name: member_remove
WITH g AS (
	SELECT id FROM dl WHERE uri = $1
), m AS (
	DELETE FROM dl_member x USING g WHERE x.dl = g.id AND x.uri = ANY($2::text[])
	RETURNING 1
)
SELECT (SELECT count(*) FROM g), (SELECT count(*) FROM m)

-- name: list
-- The last column of lists: how many rows were asked for, one more than wanted.
SELECT d.uri, d.display_name, d.mail, (SELECT count(*) FROM dl_member m WHERE m.dl = d.id),
	$2::bigint
FROM dl d
WHERE d.uri > $1
ORDER BY d.uri
LIMIT $2

-- name: load
SELECT d.uri, d.display_name, d.mail, (SELECT count(*) FROM dl_member m WHERE m.dl = d.id),
	2::bigint
FROM dl d
WHERE d.uri = $1

-- name: members
-- What kind of address each is: 1 user, 2 group, 0 nobody of ours.
SELECT m.uri,
	CASE WHEN u.id IS NOT NULL THEN 1 WHEN g.id IS NOT NULL THEN 2 ELSE 0 END,
	coalesce(u.display_name, g.display_name), $3::bigint
FROM dl d
	JOIN dl_member m ON m.dl = d.id
	LEFT JOIN resource u ON u.uri = m.uri
	LEFT JOIN dl g ON g.uri = m.uri
WHERE d.uri = $1 AND m.uri > $2
ORDER BY m.uri
LIMIT $3

-- name: expand
-- Everybody in the group and in the groups in it, each address once; UNION ends cycles. A group has
-- one row at least: without an address when there is nobody in it.
WITH RECURSIVE inside(id) AS (
	SELECT id FROM dl WHERE uri = $1
	UNION
	SELECT g.id FROM inside i JOIN dl_member m ON m.dl = i.id JOIN dl g ON g.uri = m.uri
), person AS (
	SELECT DISTINCT m.uri
	FROM inside i JOIN dl_member m ON m.dl = i.id
	WHERE NOT EXISTS (SELECT FROM dl g WHERE g.uri = m.uri)
	ORDER BY m.uri
	LIMIT $2::bigint
)
SELECT p.uri, $2 FROM dl d LEFT JOIN person p ON true WHERE d.uri = $1 ORDER BY p.uri
