-- Statements of users and credentials (table resource, credential).

-- name: load
SELECT u.id, u.uri, u.login, u.display_name, u.mail, u.line_uri, u.home_pool, u.given_name, u.sn,
	u.title, u.department, u.company, u.office, u.phone, u.city, u.country,
	u.meeting_policy,
	u.enabled::int + 2 * u.locked::int + 4 * u.remote::int + 8 * u.federation::int + 16 * u.pic::int,
	c.nt_hash, c.ha1_md5, c.ha1_sha256, c.realm, c.web_hash
FROM resource u LEFT JOIN credential c ON c.user_id = u.id
WHERE u.uri = $1

-- name: load_login
SELECT u.id, u.uri, u.login, u.display_name, u.mail, u.line_uri, u.home_pool, u.given_name, u.sn,
	u.title, u.department, u.company, u.office, u.phone, u.city, u.country,
	u.meeting_policy,
	u.enabled::int + 2 * u.locked::int + 4 * u.remote::int + 8 * u.federation::int + 16 * u.pic::int,
	c.nt_hash, c.ha1_md5, c.ha1_sha256, c.realm, c.web_hash
FROM resource u LEFT JOIN credential c ON c.user_id = u.id
WHERE u.login = $1

-- name: count
SELECT count(*) FROM resource

-- name: add
WITH u AS (
	INSERT INTO resource (uri, login, display_name, mail, line_uri, home_pool, given_name, sn,
		title, department, company, office, phone, city, country,
		meeting_policy, enabled, locked, remote, federation, pic)
	VALUES ($1, nullif($2, ''), nullif($3, ''), nullif($4, ''), nullif($5, ''), nullif($6, ''),
		nullif($7, ''), nullif($8, ''), nullif($9, ''), nullif($10, ''), nullif($11, ''),
		nullif($12, ''), nullif($13, ''), nullif($14, ''), nullif($15, ''),
		nullif($16, ''),
		$17::int & 1 <> 0, $17 & 2 <> 0, $17 & 4 <> 0, $17 & 8 <> 0, $17 & 16 <> 0)
	ON CONFLICT DO NOTHING
	RETURNING id
), c AS (
	INSERT INTO credential (user_id, nt_hash, ha1_md5, ha1_sha256, realm, web_hash)
	SELECT id, $18::bytea, $19::bytea, $20::bytea, $21::text, $22::text FROM u
	WHERE coalesce($18, $19) IS NOT NULL OR $22 IS NOT NULL
)
SELECT id FROM u

-- name: set
UPDATE resource SET
	login = nullif(coalesce($2, login), ''),
	display_name = nullif(coalesce($3, display_name), ''),
	mail = nullif(coalesce($4, mail), ''),
	line_uri = nullif(coalesce($5, line_uri), ''),
	home_pool = nullif(coalesce($6, home_pool), ''),
	given_name = nullif(coalesce($7, given_name), ''),
	sn = nullif(coalesce($8, sn), ''),
	title = nullif(coalesce($9, title), ''),
	department = nullif(coalesce($10, department), ''),
	company = nullif(coalesce($11, company), ''),
	office = nullif(coalesce($12, office), ''),
	phone = nullif(coalesce($13, phone), ''),
	city = nullif(coalesce($14, city), ''),
	country = nullif(coalesce($15, country), ''),
	meeting_policy = nullif(coalesce($16, meeting_policy), ''),
	enabled = CASE WHEN $18::int & 1 <> 0 THEN $17::int & 1 <> 0 ELSE enabled END,
	locked = CASE WHEN $18 & 2 <> 0 THEN $17 & 2 <> 0 ELSE locked END,
	remote = CASE WHEN $18 & 4 <> 0 THEN $17 & 4 <> 0 ELSE remote END,
	federation = CASE WHEN $18 & 8 <> 0 THEN $17 & 8 <> 0 ELSE federation END,
	pic = CASE WHEN $18 & 16 <> 0 THEN $17 & 16 <> 0 ELSE pic END
WHERE uri = $1
RETURNING id

-- name: delete
DELETE FROM resource WHERE uri = $1 RETURNING id

-- name: cred_set
INSERT INTO credential (user_id, nt_hash, ha1_md5, ha1_sha256, realm, web_hash)
SELECT id, $2::bytea, $3::bytea, $4::bytea, $5::text, $6::text FROM resource WHERE uri = $1
ON CONFLICT (user_id) DO UPDATE SET nt_hash = excluded.nt_hash, ha1_md5 = excluded.ha1_md5,
	ha1_sha256 = excluded.ha1_sha256, realm = excluded.realm, web_hash = excluded.web_hash,
	changed_at = now()
RETURNING user_id

-- name: import
WITH src AS (
	SELECT * FROM unnest($1::text[], $2::text[], $3::text[], $4::text[], $5::text[], $6::text[],
		$7::text[], $8::text[], $9::text[], $10::text[], $11::text[], $12::text[],
		$13::text[], $14::text[], $15::text[], $16::text[], $17::int[], $18::bytea[],
		$19::bytea[], $20::bytea[], $21::text[], $22::text[])
	AS t(uri, login, display_name, mail, line_uri, home_pool, given_name, sn, title,
		department, company, office, phone, city, country, meeting_policy, flags, nt_hash,
		ha1_md5, ha1_sha256, realm, web_hash)
), u AS (
	INSERT INTO resource AS r (uri, login, display_name, mail, line_uri, home_pool, given_name,
		sn, title, department, company, office, phone, city, country, meeting_policy,
		enabled, locked, remote, federation, pic)
	SELECT uri, login, display_name, mail, line_uri, home_pool, given_name, sn, title,
		department, company, office, phone, city, country, meeting_policy,
		flags & 1 <> 0, flags & 2 <> 0, flags & 4 <> 0, flags & 8 <> 0, flags & 16 <> 0
	FROM src
	ON CONFLICT (uri) DO UPDATE SET login = excluded.login,
		display_name = excluded.display_name, mail = excluded.mail,
		line_uri = excluded.line_uri, home_pool = excluded.home_pool,
		given_name = excluded.given_name, sn = excluded.sn, title = excluded.title,
		department = excluded.department, company = excluded.company,
		office = excluded.office, phone = excluded.phone, city = excluded.city,
		country = excluded.country,
		meeting_policy = coalesce(excluded.meeting_policy, r.meeting_policy),
		enabled = excluded.enabled, locked = excluded.locked,
		remote = excluded.remote, federation = excluded.federation, pic = excluded.pic
	RETURNING id, uri, xmax = 0 AS added
), c AS (
	INSERT INTO credential AS k (user_id, nt_hash, ha1_md5, ha1_sha256, realm, web_hash)
	SELECT u.id, s.nt_hash, s.ha1_md5, s.ha1_sha256, s.realm, s.web_hash
	FROM u JOIN src s ON s.uri = u.uri
	WHERE s.nt_hash IS NOT NULL OR s.ha1_md5 IS NOT NULL OR s.web_hash IS NOT NULL
	ON CONFLICT (user_id) DO UPDATE SET nt_hash = excluded.nt_hash,
		ha1_md5 = excluded.ha1_md5, ha1_sha256 = excluded.ha1_sha256,
		realm = excluded.realm, web_hash = excluded.web_hash, changed_at = now()
)
SELECT count(*) FILTER (WHERE added), count(*) FILTER (WHERE NOT added) FROM u
