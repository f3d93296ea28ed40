-- Running conferences, and who is alive. Rebuilt from the living after a crash of the database, so
-- not logged.

CREATE UNLOGGED TABLE conf_dialog (
	conf           bigint NOT NULL,
	uri            text COLLATE "C" NOT NULL,
	endpoint       text COLLATE "C" NOT NULL,
	dialog         text NOT NULL,
	notify_version bigint NOT NULL,
	PRIMARY KEY (conf, uri, endpoint)
) WITH (fillfactor = 70);
COMMENT ON TABLE conf_dialog IS 'dialogs of the Focus';
COMMENT ON COLUMN conf_dialog.conf IS 'conf.id of rtc';
COMMENT ON COLUMN conf_dialog.uri IS 'ci:user@entity, lower-case';
COMMENT ON COLUMN conf_dialog.endpoint IS 'GUID of the client endpoint';
COMMENT ON COLUMN conf_dialog.dialog IS 'Call-ID, tags, route set, CSeq of both dialogs, text of the Focus';
COMMENT ON COLUMN conf_dialog.notify_version IS 'conference-info@version sent last';

CREATE UNLOGGED TABLE conf_mcu (
	conf         bigint NOT NULL,
	type         text COLLATE "C" NOT NULL,
	mcu_url      text NOT NULL,
	mcu_instance text NOT NULL,
	mcu_version  bigint NOT NULL,
	PRIMARY KEY (conf, type)
) WITH (fillfactor = 70);
COMMENT ON TABLE conf_mcu IS 'conferencing servers given to running conferences';
COMMENT ON COLUMN conf_mcu.conf IS 'conf.id of rtc';
COMMENT ON COLUMN conf_mcu.type IS 'mcu-type';
COMMENT ON COLUMN conf_mcu.mcu_url IS 'where C3P commands go';
COMMENT ON COLUMN conf_mcu.mcu_instance IS 'lease.instance of the server';
COMMENT ON COLUMN conf_mcu.mcu_version IS 'conference-info@version of the server, seen last';

CREATE UNLOGGED TABLE lease (
	kind       text COLLATE "C" NOT NULL,
	instance   text COLLATE "C" NOT NULL,
	fqdn       text NOT NULL,
	url        text,
	type       text,
	data       text,
	epoch      bigint NOT NULL,
	expires_at timestamptz NOT NULL,
	PRIMARY KEY (kind, instance)
) WITH (fillfactor = 20);
COMMENT ON TABLE lease IS 'processes that say every few seconds that they are alive';
COMMENT ON COLUMN lease.kind IS 'frontend, mcu-im, ...';
COMMENT ON COLUMN lease.instance IS 'one run of the process';
COMMENT ON COLUMN lease.url IS 'where it takes requests';
COMMENT ON COLUMN lease.type IS 'mcu-type of a conferencing server';
COMMENT ON COLUMN lease.data IS 'capacity, load and so on, text of its owner';
COMMENT ON COLUMN lease.epoch IS 'an earlier one does not overwrite it';
COMMENT ON COLUMN lease.expires_at IS 'dead from then on; no index on it, so that renewal touches none';
