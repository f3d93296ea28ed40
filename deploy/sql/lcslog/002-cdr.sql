-- Call detail records: who talked to whom, when, how long, how much; never what was said. A session or conference
-- instance has the key (SessionIdTime, SessionIdSeq) everywhere.

CREATE TABLE media_list (
	media_id smallint PRIMARY KEY,
	media    text NOT NULL UNIQUE
);
COMMENT ON TABLE media_list IS 'MediaList; static';
COMMENT ON COLUMN media_list.media_id IS 'MediaId';
COMMENT ON COLUMN media_list.media IS 'Media';
INSERT INTO media_list VALUES (1, 'IM'), (2, 'FileTransfer'), (3, 'RemoteAssistance'), (4, 'AppSharing'), (5, 'Audio'),
	(6, 'Video'), (7, 'AppInvite'), (8, 'Meeting');

CREATE TABLE roles (
	role_id smallint PRIMARY KEY,
	role    text NOT NULL UNIQUE
);
COMMENT ON TABLE roles IS 'Roles; static';
COMMENT ON COLUMN roles.role_id IS 'RoleId';
COMMENT ON COLUMN roles.role IS 'Role';
INSERT INTO roles VALUES (1, 'Attendee'), (2, 'Presenter');

CREATE TABLE user_auth_types (
	auth_type_id smallint PRIMARY KEY,
	auth_type    text NOT NULL UNIQUE
);
COMMENT ON TABLE user_auth_types IS 'UserAuthTypes; static';
COMMENT ON COLUMN user_auth_types.auth_type_id IS 'UserAuthTypeId';
COMMENT ON COLUMN user_auth_types.auth_type IS 'UserAuthType';
INSERT INTO user_auth_types VALUES (1, 'Enterprise'), (2, 'Federated'), (3, 'Anonymous'), (4, 'PIC');

CREATE TABLE users (
	user_id        bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
	user_uri       text COLLATE "C" NOT NULL UNIQUE,
	user_auth_type smallint REFERENCES user_auth_types
);
COMMENT ON TABLE users IS 'Users: whoever a record speaks of';
COMMENT ON COLUMN users.user_id IS 'UserId';
COMMENT ON COLUMN users.user_uri IS 'UserUri, lower case';
COMMENT ON COLUMN users.user_auth_type IS 'UserAuthType';

CREATE TABLE client_versions (
	version_id  bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
	version     text COLLATE "C" NOT NULL UNIQUE,
	client_type integer
);
COMMENT ON TABLE client_versions IS 'ClientVersions';
COMMENT ON COLUMN client_versions.version_id IS 'VersionId';
COMMENT ON COLUMN client_versions.version IS 'Version: User-Agent or Server';
COMMENT ON COLUMN client_versions.client_type IS 'ClientType; not known yet';

CREATE TABLE computers (
	server_id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
	computer  text COLLATE "C" NOT NULL UNIQUE
);
COMMENT ON TABLE computers IS 'Computers: Front Ends';
COMMENT ON COLUMN computers.server_id IS 'ComputerId, ServerId';
COMMENT ON COLUMN computers.computer IS 'Computer: FQDN';

CREATE TABLE pools (
	pool_id  bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
	pool_uri text COLLATE "C" NOT NULL UNIQUE
);
COMMENT ON TABLE pools IS 'Pools';
COMMENT ON COLUMN pools.pool_id IS 'PoolId';
COMMENT ON COLUMN pools.pool_uri IS 'PoolFQDN';

CREATE TABLE mcus (
	mcu_id   bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
	mcu_uri  text COLLATE "C" NOT NULL UNIQUE,
	mcu_type text NOT NULL
);
COMMENT ON TABLE mcus IS 'Mcus: conferencing servers';
COMMENT ON COLUMN mcus.mcu_id IS 'McuId';
COMMENT ON COLUMN mcus.mcu_uri IS 'McuUri: address of the server, or its media type while only that is known';
COMMENT ON COLUMN mcus.mcu_type IS 'McuType: media type, as in roster documents';

-- Where records come from: a feed numbers its records, and what has been taken once is not taken again.
CREATE TABLE feed (
	feed        uuid PRIMARY KEY,
	server_id   bigint NOT NULL REFERENCES computers,
	pool_id     bigint NOT NULL REFERENCES pools,
	last_number bigint NOT NULL DEFAULT 0,
	seen_at     timestamptz NOT NULL DEFAULT now()
);
COMMENT ON TABLE feed IS 'runs of Front Ends that send records; Parley''s own';
COMMENT ON COLUMN feed.feed IS 'chosen by the sender, new with each run';
COMMENT ON COLUMN feed.server_id IS 'ServerId of its records';
COMMENT ON COLUMN feed.pool_id IS 'PoolId of its records';
COMMENT ON COLUMN feed.last_number IS 'of the last record taken';
COMMENT ON COLUMN feed.seen_at IS 'when its last batch came';
CREATE INDEX feed_seen ON feed (seen_at);

CREATE SEQUENCE session_seq AS integer CYCLE;

-- --- between two ---

CREATE TABLE dialogs (
	session_id_time timestamptz NOT NULL,
	session_id_seq  integer NOT NULL DEFAULT nextval('session_seq'),
	external_id     text COLLATE "C" NOT NULL UNIQUE,
	PRIMARY KEY (session_id_time, session_id_seq)
);
COMMENT ON TABLE dialogs IS 'Dialogs';
COMMENT ON COLUMN dialogs.session_id_time IS 'SessionIdTime: when it was asked for';
COMMENT ON COLUMN dialogs.session_id_seq IS 'SessionIdSeq: tells apart those of one time';
COMMENT ON COLUMN dialogs.external_id IS 'ExternalId: Call-ID;from-tag;to-tag';

CREATE TABLE session_details (
	session_id_time         timestamptz NOT NULL,
	session_id_seq          integer NOT NULL,
	user1_id                bigint NOT NULL REFERENCES users,
	user2_id                bigint REFERENCES users,
	target_user_id          bigint REFERENCES users,
	session_started_by_id   bigint REFERENCES users,
	server_id               bigint REFERENCES computers,
	pool_id                 bigint REFERENCES pools,
	user1_client_version_id bigint REFERENCES client_versions,
	user2_client_version_id bigint REFERENCES client_versions,
	user1_endpoint_id       text,
	user2_endpoint_id       text,
	is_user1_internal       boolean,
	is_user2_internal       boolean,
	invite_time             timestamptz NOT NULL,
	response_time           timestamptz,
	response_code           integer,
	diagnostic_id           integer,
	session_end_time        timestamptz,
	end_cause               text,
	user1_message_count     integer NOT NULL DEFAULT 0,
	user2_message_count     integer NOT NULL DEFAULT 0,
	PRIMARY KEY (session_id_time, session_id_seq),
	FOREIGN KEY (session_id_time, session_id_seq) REFERENCES dialogs ON DELETE CASCADE
);
COMMENT ON TABLE session_details IS 'SessionDetails: sessions between two';
COMMENT ON COLUMN session_details.session_id_time IS 'SessionIdTime';
COMMENT ON COLUMN session_details.session_id_seq IS 'SessionIdSeq';
COMMENT ON COLUMN session_details.user1_id IS 'User1Id: who called';
COMMENT ON COLUMN session_details.user2_id IS 'User2Id: who answered';
COMMENT ON COLUMN session_details.target_user_id IS 'TargetUserId: To of the first request';
COMMENT ON COLUMN session_details.session_started_by_id IS 'SessionStartedById';
COMMENT ON COLUMN session_details.server_id IS 'ServerId';
COMMENT ON COLUMN session_details.pool_id IS 'PoolId';
COMMENT ON COLUMN session_details.user1_client_version_id IS 'User1ClientVerId';
COMMENT ON COLUMN session_details.user2_client_version_id IS 'User2ClientVerId';
COMMENT ON COLUMN session_details.user1_endpoint_id IS 'User1EndpointId: epid';
COMMENT ON COLUMN session_details.user2_endpoint_id IS 'User2EndpointId: epid';
COMMENT ON COLUMN session_details.is_user1_internal IS 'IsUser1Internal';
COMMENT ON COLUMN session_details.is_user2_internal IS 'IsUser2Internal';
COMMENT ON COLUMN session_details.invite_time IS 'InviteTime';
COMMENT ON COLUMN session_details.response_time IS 'ResponseTime';
COMMENT ON COLUMN session_details.response_code IS 'ResponseCode';
COMMENT ON COLUMN session_details.diagnostic_id IS 'DiagnosticId';
COMMENT ON COLUMN session_details.session_end_time IS 'SessionEndTime; null while it lasts';
COMMENT ON COLUMN session_details.end_cause IS 'bye, refused, silence, stop; Parley''s own';
COMMENT ON COLUMN session_details.user1_message_count IS 'User1MessageCount';
COMMENT ON COLUMN session_details.user2_message_count IS 'User2MessageCount';
CREATE INDEX session_details_user1 ON session_details (user1_id, session_id_time);
CREATE INDEX session_details_user2 ON session_details (user2_id, session_id_time);

CREATE TABLE media (
	session_id_time timestamptz NOT NULL,
	session_id_seq  integer NOT NULL,
	media_id        smallint NOT NULL REFERENCES media_list,
	start_time      timestamptz NOT NULL,
	end_time        timestamptz,
	PRIMARY KEY (session_id_time, session_id_seq, media_id, start_time),
	FOREIGN KEY (session_id_time, session_id_seq) REFERENCES session_details ON DELETE CASCADE
);
COMMENT ON TABLE media IS 'Media: what a session between two consisted of';
COMMENT ON COLUMN media.session_id_time IS 'SessionIdTime';
COMMENT ON COLUMN media.session_id_seq IS 'SessionIdSeq';
COMMENT ON COLUMN media.media_id IS 'MediaId';
COMMENT ON COLUMN media.start_time IS 'StartTime';
COMMENT ON COLUMN media.end_time IS 'EndTime';

-- --- meetings ---

CREATE TABLE conferences (
	session_id_time       timestamptz NOT NULL,
	session_id_seq        integer NOT NULL DEFAULT nextval('session_seq'),
	conf_instance         uuid NOT NULL UNIQUE,
	conference_uri        text COLLATE "C" NOT NULL,
	conference_start_time timestamptz NOT NULL,
	conference_end_time   timestamptz,
	end_cause             text,
	server_id             bigint REFERENCES computers,
	pool_id               bigint REFERENCES pools,
	organizer_id          bigint REFERENCES users,
	PRIMARY KEY (session_id_time, session_id_seq)
);
COMMENT ON TABLE conferences IS 'Conferences: a row for each activation of a meeting';
COMMENT ON COLUMN conferences.session_id_time IS 'SessionIdTime: when it was activated';
COMMENT ON COLUMN conferences.session_id_seq IS 'SessionIdSeq';
COMMENT ON COLUMN conferences.conf_instance IS 'ConfInstance';
COMMENT ON COLUMN conferences.conference_uri IS 'ConferenceUri';
COMMENT ON COLUMN conferences.conference_start_time IS 'ConferenceStartTime';
COMMENT ON COLUMN conferences.conference_end_time IS 'ConferenceEndTime; null while it lasts';
COMMENT ON COLUMN conferences.end_cause IS 'command, organizer, empty, length, unauthenticated, deleted, stop; Parley''s own';
COMMENT ON COLUMN conferences.server_id IS 'ServerId';
COMMENT ON COLUMN conferences.pool_id IS 'PoolId';
COMMENT ON COLUMN conferences.organizer_id IS 'OrganizerId';
CREATE INDEX conferences_uri ON conferences (conference_uri);
CREATE INDEX conferences_organizer ON conferences (organizer_id, session_id_time);

CREATE TABLE focus_joins_and_leaves (
	session_id_time     timestamptz NOT NULL,
	session_id_seq      integer NOT NULL,
	user_id             bigint NOT NULL REFERENCES users,
	focus_user_instance text COLLATE "C" NOT NULL,
	is_user_internal    boolean,
	user_role           smallint REFERENCES roles,
	user_join_time      timestamptz NOT NULL,
	user_leave_time     timestamptz,
	client_ver_id       bigint REFERENCES client_versions,
	PRIMARY KEY (session_id_time, session_id_seq, user_id, focus_user_instance, user_join_time),
	FOREIGN KEY (session_id_time, session_id_seq) REFERENCES conferences ON DELETE CASCADE
);
COMMENT ON TABLE focus_joins_and_leaves IS 'FocusJoinsAndLeaves: one row a stay of a client in the Focus';
COMMENT ON COLUMN focus_joins_and_leaves.session_id_time IS 'SessionIdTime';
COMMENT ON COLUMN focus_joins_and_leaves.session_id_seq IS 'SessionIdSeq';
COMMENT ON COLUMN focus_joins_and_leaves.user_id IS 'UserId';
COMMENT ON COLUMN focus_joins_and_leaves.focus_user_instance IS 'FocusUserInstance: the client''s endpoint id';
COMMENT ON COLUMN focus_joins_and_leaves.is_user_internal IS 'IsUserInternal';
COMMENT ON COLUMN focus_joins_and_leaves.user_role IS 'UserRole, the last one';
COMMENT ON COLUMN focus_joins_and_leaves.user_join_time IS 'UserJoinTime';
COMMENT ON COLUMN focus_joins_and_leaves.user_leave_time IS 'UserLeaveTime; null while he is there';
COMMENT ON COLUMN focus_joins_and_leaves.client_ver_id IS 'ClientVerId';
CREATE INDEX focus_joins_and_leaves_user ON focus_joins_and_leaves (user_id, session_id_time);

CREATE TABLE mcu_joins_and_leaves (
	session_id_time   timestamptz NOT NULL,
	session_id_seq    integer NOT NULL,
	mcu_id            bigint NOT NULL REFERENCES mcus,
	user_id           bigint NOT NULL REFERENCES users,
	mcu_user_instance text COLLATE "C" NOT NULL,
	user_join_time    timestamptz NOT NULL,
	user_leave_time   timestamptz,
	PRIMARY KEY (session_id_time, session_id_seq, mcu_id, user_id, mcu_user_instance, user_join_time),
	FOREIGN KEY (session_id_time, session_id_seq) REFERENCES conferences ON DELETE CASCADE
);
COMMENT ON TABLE mcu_joins_and_leaves IS 'McuJoinsAndLeaves: one row a stay on a conferencing server';
COMMENT ON COLUMN mcu_joins_and_leaves.session_id_time IS 'SessionIdTime';
COMMENT ON COLUMN mcu_joins_and_leaves.session_id_seq IS 'SessionIdSeq';
COMMENT ON COLUMN mcu_joins_and_leaves.mcu_id IS 'McuId';
COMMENT ON COLUMN mcu_joins_and_leaves.user_id IS 'UserId';
COMMENT ON COLUMN mcu_joins_and_leaves.mcu_user_instance IS 'McuUserInstance: the leg''s endpoint id';
COMMENT ON COLUMN mcu_joins_and_leaves.user_join_time IS 'UserJoinTime';
COMMENT ON COLUMN mcu_joins_and_leaves.user_leave_time IS 'UserLeaveTime; null while he is there';

CREATE TABLE conference_message_count (
	session_id_time timestamptz NOT NULL,
	session_id_seq  integer NOT NULL,
	user_id         bigint NOT NULL REFERENCES users,
	message_count   bigint NOT NULL,
	PRIMARY KEY (session_id_time, session_id_seq, user_id),
	FOREIGN KEY (session_id_time, session_id_seq) REFERENCES conferences ON DELETE CASCADE
);
COMMENT ON TABLE conference_message_count IS 'ConferenceMessageCount';
COMMENT ON COLUMN conference_message_count.session_id_time IS 'SessionIdTime';
COMMENT ON COLUMN conference_message_count.session_id_seq IS 'SessionIdSeq';
COMMENT ON COLUMN conference_message_count.user_id IS 'UserId: who wrote';
COMMENT ON COLUMN conference_message_count.message_count IS 'MessageCount';
