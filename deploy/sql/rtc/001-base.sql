-- Users, credentials, presence, contacts, pool epoch. The user key comes first in every primary
-- key, so that the tables can be distributed by it.

CREATE TABLE resource (
	id           bigserial PRIMARY KEY,
	uri          text COLLATE "C" NOT NULL UNIQUE CHECK (uri = lower(uri) AND length(uri) BETWEEN 5 AND 454),
	login        text COLLATE "C" UNIQUE CHECK (login = lower(login)),
	display_name text,
	mail         text,
	line_uri     text,
	home_pool    text,
	given_name   text,
	sn           text,
	title        text,
	department   text,
	company      text,
	office       text,
	phone        text,
	city         text,
	country      text,
	enabled      boolean NOT NULL DEFAULT true,
	locked       boolean NOT NULL DEFAULT false,
	remote       boolean NOT NULL DEFAULT true,
	federation   boolean NOT NULL DEFAULT true,
	pic          boolean NOT NULL DEFAULT false,
	created_at   timestamptz NOT NULL DEFAULT now()
);
COMMENT ON TABLE resource IS 'users homed here';
COMMENT ON COLUMN resource.id IS 'user key: the user_id of all other tables';
COMMENT ON COLUMN resource.uri IS 'msRTCSIP-PrimaryUserAddress, with sip:, lower-case; sipURI limit 454';
COMMENT ON COLUMN resource.login IS 'sAMAccountName, lower-case: NTLM user name, Kerberos principal without realm';
COMMENT ON COLUMN resource.display_name IS 'displayName; contactCard identity name';
COMMENT ON COLUMN resource.mail IS 'mail; contactCard identity email';
COMMENT ON COLUMN resource.line_uri IS 'msRTCSIP-Line; userProperties lines/line';
COMMENT ON COLUMN resource.home_pool IS 'msRTCSIP-PrimaryHomeServer, as FQDN';
COMMENT ON COLUMN resource.given_name IS 'givenName';
COMMENT ON COLUMN resource.sn IS 'sn';
COMMENT ON COLUMN resource.title IS 'title';
COMMENT ON COLUMN resource.department IS 'department';
COMMENT ON COLUMN resource.company IS 'company';
COMMENT ON COLUMN resource.office IS 'physicalDeliveryOfficeName';
COMMENT ON COLUMN resource.phone IS 'telephoneNumber';
COMMENT ON COLUMN resource.city IS 'l';
COMMENT ON COLUMN resource.country IS 'c';
COMMENT ON COLUMN resource.enabled IS 'msRTCSIP-UserEnabled';
COMMENT ON COLUMN resource.locked IS 'locked by an administrator';
COMMENT ON COLUMN resource.remote IS 'msRTCSIP-OptionFlags: remote user access';
COMMENT ON COLUMN resource.federation IS 'msRTCSIP-FederationEnabled';
COMMENT ON COLUMN resource.pic IS 'msRTCSIP-OptionFlags: public IM connectivity';

CREATE INDEX resource_given_name ON resource (lower(given_name) text_pattern_ops);
CREATE INDEX resource_sn ON resource (lower(sn) text_pattern_ops);
CREATE INDEX resource_mail ON resource (lower(mail) text_pattern_ops);
CREATE INDEX resource_company ON resource (lower(company) text_pattern_ops);

CREATE TABLE credential (
	user_id    bigint PRIMARY KEY REFERENCES resource ON DELETE CASCADE,
	nt_hash    bytea CHECK (length(nt_hash) = 16),
	ha1_md5    bytea CHECK (length(ha1_md5) = 16),
	ha1_sha256 bytea CHECK (length(ha1_sha256) = 32),
	realm      text,
	web_hash   text,
	changed_at timestamptz NOT NULL DEFAULT now()
);
COMMENT ON TABLE credential IS 'what the protocols need of a password; never the password';
COMMENT ON COLUMN credential.nt_hash IS '[MS-NLMP] NTOWFv1: MD4 of the UTF-16LE password';
COMMENT ON COLUMN credential.ha1_md5 IS 'RFC 7616 H(user:realm:password), MD5';
COMMENT ON COLUMN credential.ha1_sha256 IS 'RFC 7616 H(user:realm:password), SHA-256';
COMMENT ON COLUMN credential.realm IS 'realm of both HA1: the SIP domain of the user';
COMMENT ON COLUMN credential.web_hash IS 'slow hash for web sign-in, text form with its parameters';

-- Front Ends drop what they cached of a user; the payload is its uri.
CREATE FUNCTION ply_resource_changed() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
	IF TG_OP <> 'INSERT' THEN
		PERFORM pg_notify('rtc_user', OLD.uri);
	END IF;
	IF TG_OP <> 'DELETE' THEN
		PERFORM pg_notify('rtc_user', NEW.uri);
	END IF;
	RETURN NULL;
END $$;
CREATE TRIGGER resource_changed AFTER INSERT OR UPDATE OR DELETE ON resource
	FOR EACH ROW EXECUTE FUNCTION ply_resource_changed();

CREATE FUNCTION ply_credential_changed() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
	PERFORM pg_notify('rtc_user', uri) FROM resource WHERE id = coalesce(NEW.user_id, OLD.user_id);
	RETURN NULL;
END $$;
CREATE TRIGGER credential_changed AFTER INSERT OR UPDATE OR DELETE ON credential
	FOR EACH ROW EXECUTE FUNCTION ply_credential_changed();

CREATE TABLE pool_epoch (
	singleton boolean PRIMARY KEY DEFAULT true CHECK (singleton),
	epoch     bigint NOT NULL,
	raised_at timestamptz NOT NULL DEFAULT now()
);
COMMENT ON TABLE pool_epoch IS 'one row: membership epoch of the pool';
COMMENT ON COLUMN pool_epoch.epoch IS 'raised by every membership change before the new owners act';
INSERT INTO pool_epoch (epoch) VALUES (1);

-- Fails the transaction of an owner that writes under an epoch that has passed. Writers share a
-- lock until they commit; a raise waits for them and they for it.
CREATE FUNCTION ply_fence(mine bigint) RETURNS bigint LANGUAGE plpgsql VOLATILE AS $$
DECLARE
	current bigint;
BEGIN
	PERFORM pg_advisory_xact_lock_shared(20551, 1);
	SELECT epoch INTO current FROM pool_epoch;
	IF current IS DISTINCT FROM mine THEN
		RAISE EXCEPTION 'written under pool epoch %, the current one is %', mine, current
			USING ERRCODE = 'PL001';
	END IF;
	RETURN current;
END $$;

CREATE FUNCTION ply_epoch_raise() RETURNS bigint LANGUAGE plpgsql VOLATILE AS $$
DECLARE
	current bigint;
BEGIN
	PERFORM pg_advisory_xact_lock(20551, 1);
	UPDATE pool_epoch SET epoch = epoch + 1, raised_at = now() RETURNING epoch INTO current;
	RETURN current;
END $$;

CREATE TABLE container (
	user_id bigint NOT NULL REFERENCES resource ON DELETE CASCADE,
	id      integer NOT NULL CHECK (id BETWEEN 0 AND 32767),
	version bigint NOT NULL,
	PRIMARY KEY (user_id, id)
);
COMMENT ON TABLE container IS 'access levels of a presentity';
COMMENT ON COLUMN container.id IS 'container@id';
COMMENT ON COLUMN container.version IS 'container@version';

CREATE TABLE container_member (
	user_id      bigint NOT NULL,
	container_id integer NOT NULL,
	type         smallint NOT NULL CHECK (type BETWEEN 1 AND 6),
	value        text COLLATE "C" NOT NULL DEFAULT '',
	PRIMARY KEY (user_id, container_id, type, value),
	FOREIGN KEY (user_id, container_id) REFERENCES container ON DELETE CASCADE
);
COMMENT ON COLUMN container_member.type IS
	'member@type: 1 user, 2 domain, 3 sameEnterprise, 4 federated, 5 publicCloud, 6 everyone';
COMMENT ON COLUMN container_member.value IS 'member@value: user without sip:, or domain; lower-case';

CREATE TABLE publication (
	user_id      bigint NOT NULL REFERENCES resource ON DELETE CASCADE,
	category     text COLLATE "C" NOT NULL,
	instance     bigint NOT NULL CHECK (instance BETWEEN 0 AND 4294967295),
	container_id integer NOT NULL,
	version      bigint NOT NULL,
	expire_type  smallint NOT NULL CHECK (expire_type BETWEEN 1 AND 4),
	expires_at   timestamptz,
	published_at timestamptz NOT NULL,
	body         text NOT NULL,
	PRIMARY KEY (user_id, category, instance, container_id)
);
COMMENT ON TABLE publication IS 'category instances that outlive a Front End';
COMMENT ON COLUMN publication.category IS 'publication@categoryName';
COMMENT ON COLUMN publication.instance IS 'publication@instance';
COMMENT ON COLUMN publication.container_id IS 'publication@container';
COMMENT ON COLUMN publication.version IS 'category@version';
COMMENT ON COLUMN publication.expire_type IS 'publication@expireType: 1 static, 2 user, 3 endpoint, 4 time';
COMMENT ON COLUMN publication.expires_at IS 'publishTime + publication@expires; null: never';
COMMENT ON COLUMN publication.published_at IS 'category@publishTime, by the clock of the server';
COMMENT ON COLUMN publication.body IS 'XML value of the category';

CREATE TABLE subscriber (
	user_id      bigint NOT NULL REFERENCES resource ON DELETE CASCADE,
	watcher      text COLLATE "C" NOT NULL,
	display_name text,
	acknowledged boolean NOT NULL DEFAULT false,
	added_at     timestamptz NOT NULL DEFAULT now(),
	PRIMARY KEY (user_id, watcher)
);
COMMENT ON TABLE subscriber IS 'watchers the user is asked about';
COMMENT ON COLUMN subscriber.watcher IS 'subscriber@user, without sip:, lower-case';
COMMENT ON COLUMN subscriber.display_name IS 'subscriber@displayName';
COMMENT ON COLUMN subscriber.acknowledged IS 'subscriber@acknowledged';

CREATE TABLE contact_state (
	user_id bigint PRIMARY KEY REFERENCES resource ON DELETE CASCADE,
	delta   bigint NOT NULL
);
COMMENT ON COLUMN contact_state.delta IS 'contactList@deltaNum: one counter for contacts and groups';

CREATE TABLE contact_group (
	user_id      bigint NOT NULL REFERENCES resource ON DELETE CASCADE,
	id           smallint NOT NULL CHECK (id BETWEEN 0 AND 63),
	name         text NOT NULL,
	external_uri text,
	PRIMARY KEY (user_id, id)
);
COMMENT ON COLUMN contact_group.id IS 'group@id';
COMMENT ON COLUMN contact_group.name IS 'group@name; 1 is ~';
COMMENT ON COLUMN contact_group.external_uri IS 'group@externalURI';

CREATE TABLE contact (
	user_id      bigint NOT NULL REFERENCES resource ON DELETE CASCADE,
	uri          text COLLATE "C" NOT NULL CHECK (length(uri) <= 454),
	name         text,
	groups       bigint NOT NULL,
	subscribed   boolean NOT NULL DEFAULT true,
	external_uri text,
	extension    text,
	PRIMARY KEY (user_id, uri)
);
COMMENT ON COLUMN contact.uri IS 'contact@uri, without sip:, lower-case';
COMMENT ON COLUMN contact.name IS 'contact@name';
COMMENT ON COLUMN contact.groups IS 'contact@groups as bits: bit n is group n';
COMMENT ON COLUMN contact.subscribed IS 'contact@subscribed';
COMMENT ON COLUMN contact.external_uri IS 'contact@externalURI';
COMMENT ON COLUMN contact.extension IS 'contactExtension, XML';
