-- Conferences: definitions, and what a running one must get back after a crash. The meeting policy
-- of users.

ALTER TABLE resource ADD COLUMN meeting_policy text;
COMMENT ON COLUMN resource.meeting_policy IS 'name of the meeting policy assigned; null: the default one';

CREATE TABLE conf (
	id                bigserial PRIMARY KEY,
	organizer         bigint NOT NULL REFERENCES resource ON DELETE CASCADE,
	conf_id           text COLLATE "C" NOT NULL CHECK (length(conf_id) BETWEEN 1 AND 64 AND conf_id !~ '\s'),
	guid              text NOT NULL,
	subject           text,
	description       text,
	key               text,
	notification_data text,
	organizer_data    text,
	admission         smallint NOT NULL CHECK (admission BETWEEN 1 AND 3),
	expiry_rule       smallint NOT NULL CHECK (expiry_rule BETWEEN 1 AND 2),
	expires_at        timestamptz NOT NULL,
	created_at        timestamptz NOT NULL,
	updated_at        timestamptz NOT NULL,
	activated_at      timestamptz,
	version           bigint NOT NULL DEFAULT 1
);
COMMENT ON TABLE conf IS 'conferences scheduled or running';
COMMENT ON COLUMN conf.id IS 'the conf of all other tables, also of rtcdyn';
COMMENT ON COLUMN conf.organizer IS 'resource.id; the user of the conference URI';
COMMENT ON COLUMN conf.conf_id IS 'msci:conference-id, compared without case';
COMMENT ON COLUMN conf.guid IS 'of this creation: a later conference of the same id is another one';
COMMENT ON COLUMN conf.subject IS 'ci:subject';
COMMENT ON COLUMN conf.description IS 'ci:display-text';
COMMENT ON COLUMN conf.key IS 'msci:conference-key, sealed by the Front End';
COMMENT ON COLUMN conf.notification_data IS 'msci:notification-data';
COMMENT ON COLUMN conf.organizer_data IS 'msci:organizer-roaming-data';
COMMENT ON COLUMN conf.admission IS
	'msci:admission-policy: 1 closedAuthenticated, 2 openAuthenticated, 3 anonymous';
COMMENT ON COLUMN conf.expiry_rule IS '1 fixed, 2 sliding: activation moves it to 6 months later';
COMMENT ON COLUMN conf.expires_at IS 'msci:expiry-time';
COMMENT ON COLUMN conf.updated_at IS 'msci:last-update';
COMMENT ON COLUMN conf.activated_at IS 'msci:last-activate';
COMMENT ON COLUMN conf.version IS 'conference-info@version of the definition; modifyConference carries it';

CREATE UNIQUE INDEX conf_organizer ON conf (organizer, lower(conf_id));
CREATE INDEX conf_expires ON conf (expires_at);

CREATE TABLE conf_user (
	conf bigint NOT NULL REFERENCES conf ON DELETE CASCADE,
	uri  text COLLATE "C" NOT NULL CHECK (length(uri) <= 454),
	role smallint NOT NULL CHECK (role BETWEEN 1 AND 2),
	PRIMARY KEY (conf, uri)
);
COMMENT ON TABLE conf_user IS 'users predefined when the conference was scheduled';
COMMENT ON COLUMN conf_user.uri IS 'ci:user@entity, with sip:, lower-case';
COMMENT ON COLUMN conf_user.role IS 'ci:roles/entry: 1 attendee, 2 presenter';

CREATE TABLE conf_mcu_wanted (
	conf     bigint NOT NULL REFERENCES conf ON DELETE CASCADE,
	type     text COLLATE "C" NOT NULL CHECK (length(type) BETWEEN 1 AND 64),
	settings text,
	PRIMARY KEY (conf, type)
);
COMMENT ON TABLE conf_mcu_wanted IS 'conferencing servers the definition asks for';
COMMENT ON COLUMN conf_mcu_wanted.type IS 'mcu-type: chat, audio-video, meeting, ...';
COMMENT ON COLUMN conf_mcu_wanted.settings IS 'settings of the type, XML';

CREATE TABLE conf_active (
	conf               bigint PRIMARY KEY REFERENCES conf ON DELETE CASCADE,
	frontend           text COLLATE "C" NOT NULL,
	epoch              bigint NOT NULL,
	instance           text NOT NULL,
	activated_at       timestamptz NOT NULL,
	last_join_at       timestamptz NOT NULL,
	enterprise_left_at timestamptz,
	locked             boolean NOT NULL DEFAULT false,
	end_requested_at   timestamptz
) WITH (fillfactor = 50);
COMMENT ON TABLE conf_active IS 'conferences that run: one row is one Focus';
COMMENT ON COLUMN conf_active.frontend IS 'FQDN of the Front End that has the Focus';
COMMENT ON COLUMN conf_active.epoch IS 'pool_epoch it was activated or taken over under';
COMMENT ON COLUMN conf_active.instance IS 'GUID of this run, ConfInstance of call detail records';
COMMENT ON COLUMN conf_active.last_join_at IS 'start of the time limit since the last join';
COMMENT ON COLUMN conf_active.enterprise_left_at IS
	'since when no authenticated enterprise user is here; null: one is';
COMMENT ON COLUMN conf_active.locked IS 'msci:locked';
COMMENT ON COLUMN conf_active.end_requested_at IS 'when an administrator asked for its end';

CREATE INDEX conf_active_frontend ON conf_active (frontend, conf);

CREATE TABLE conf_participant (
	conf         bigint NOT NULL REFERENCES conf_active ON DELETE CASCADE,
	uri          text COLLATE "C" NOT NULL CHECK (length(uri) <= 454),
	endpoint     text COLLATE "C" NOT NULL CHECK (length(endpoint) <= 200),
	display_name text,
	auth_type    smallint NOT NULL CHECK (auth_type BETWEEN 1 AND 3),
	role_now     smallint NOT NULL CHECK (role_now BETWEEN 1 AND 2),
	joined_at    timestamptz NOT NULL,
	PRIMARY KEY (conf, uri, endpoint)
);
COMMENT ON TABLE conf_participant IS 'roster of a conference that runs, a row an endpoint';
COMMENT ON COLUMN conf_participant.uri IS 'ci:user@entity, lower-case';
COMMENT ON COLUMN conf_participant.endpoint IS 'GUID of the client endpoint: who rejoins is recognised by it';
COMMENT ON COLUMN conf_participant.display_name IS 'ci:display-text';
COMMENT ON COLUMN conf_participant.auth_type IS '1 enterprise, 2 federated, 3 anonymous';
COMMENT ON COLUMN conf_participant.role_now IS 'ci:roles/entry now: 1 attendee, 2 presenter';

-- The Front End that runs a conference learns what others did to it. The payload is "WHAT ID
-- ORGANIZER CONF-ID", WHAT one of changed, deleted, end; ORGANIZER is - when that user went, too.
CREATE FUNCTION ply_conf_tell(what text, which bigint, owner bigint, name text) RETURNS void
LANGUAGE plpgsql AS $$
DECLARE
	organizer text;
BEGIN
	SELECT uri INTO organizer FROM resource WHERE id = owner;
	PERFORM pg_notify('rtc_conf', concat_ws(' ', what, which, coalesce(organizer, '-'), name));
END $$;

CREATE FUNCTION ply_conf_changed() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
	PERFORM ply_conf_tell(CASE TG_OP WHEN 'DELETE' THEN 'deleted' ELSE 'changed' END,
		OLD.id, OLD.organizer, OLD.conf_id);
	RETURN NULL;
END $$;
CREATE TRIGGER conf_deleted AFTER DELETE ON conf
	FOR EACH ROW EXECUTE FUNCTION ply_conf_changed();
-- Activation writes here, too, but leaves the version alone.
CREATE TRIGGER conf_changed AFTER UPDATE ON conf
	FOR EACH ROW WHEN (OLD.version <> NEW.version) EXECUTE FUNCTION ply_conf_changed();

CREATE FUNCTION ply_conf_end_requested() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
	PERFORM ply_conf_tell('end', c.id, c.organizer, c.conf_id) FROM conf c WHERE c.id = NEW.conf;
	RETURN NULL;
END $$;
CREATE TRIGGER conf_end_requested AFTER UPDATE OF end_requested_at ON conf_active
	FOR EACH ROW WHEN (NEW.end_requested_at IS NOT NULL) EXECUTE FUNCTION ply_conf_end_requested();

-- Which conferences a load is about: the one of organizer and name, or (organizer null) the page
-- after `after` of those active on a Front End.
CREATE FUNCTION ply_conf_pick(whose text, name text, fe text, after bigint, max bigint)
RETURNS SETOF bigint LANGUAGE plpgsql STABLE ROWS 1 AS $$
BEGIN
	IF whose IS NOT NULL THEN
		RETURN QUERY SELECT c.id FROM resource u JOIN conf c ON c.organizer = u.id
			WHERE u.uri = whose AND lower(c.conf_id) = lower(name);
	ELSE
		RETURN QUERY SELECT a.conf FROM conf_active a WHERE a.frontend = fe AND a.conf > after
			ORDER BY a.conf LIMIT max;
	END IF;
END $$;

-- Deletes what has expired. Locks the records first and looks for running ones afterwards: a join
-- that was under way has committed by then, and none can come between.
CREATE FUNCTION ply_conf_expire(by timestamptz, max bigint)
RETURNS TABLE (id bigint, organizer text, conf_id text, guid text) LANGUAGE plpgsql AS $$
#variable_conflict use_column
DECLARE
	picked bigint[];
BEGIN
	picked := ARRAY(
		SELECT c.id FROM conf c
		WHERE c.expires_at <= by AND NOT EXISTS (SELECT FROM conf_active a WHERE a.conf = c.id)
		ORDER BY c.expires_at LIMIT max
		FOR UPDATE SKIP LOCKED);
	RETURN QUERY DELETE FROM conf c USING resource u
		WHERE c.id = ANY(picked) AND u.id = c.organizer AND c.expires_at <= by
			AND NOT EXISTS (SELECT FROM conf_active a WHERE a.conf = c.id)
		RETURNING c.id, u.uri, c.conf_id, c.guid;
END $$;
