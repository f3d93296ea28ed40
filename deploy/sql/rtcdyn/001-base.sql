-- Registrations. Rebuilt from the living after a crash of the database, so not logged.

CREATE UNLOGGED TABLE endpoint (
	user_id     bigint NOT NULL,
	key         text COLLATE "C" NOT NULL,
	uri         text COLLATE "C" NOT NULL,
	epid        text,
	instance    text,
	gruu        text,
	contact     text NOT NULL,
	path        text,
	user_agent  text,
	fe          text COLLATE "C" NOT NULL,
	call_id     text,
	data        text,
	transport   smallint NOT NULL,
	flow        smallint NOT NULL,
	cseq        bigint NOT NULL,
	supported   bigint NOT NULL,
	expires_at  timestamptz NOT NULL,
	last_active timestamptz NOT NULL,
	PRIMARY KEY (user_id, key)
) WITH (fillfactor = 70);
COMMENT ON TABLE endpoint IS 'registered endpoints of the pool';
COMMENT ON COLUMN endpoint.user_id IS 'resource.id of rtc';
COMMENT ON COLUMN endpoint.key IS 'identity of the binding within its user, chosen by the registrar';
COMMENT ON COLUMN endpoint.uri IS 'address of record, lower-case';
COMMENT ON COLUMN endpoint.epid IS 'From;epid';
COMMENT ON COLUMN endpoint.instance IS 'Contact;+sip.instance';
COMMENT ON COLUMN endpoint.gruu IS 'opaque of Contact;gruu';
COMMENT ON COLUMN endpoint.contact IS 'Contact, whole value';
COMMENT ON COLUMN endpoint.path IS 'Path (RFC 3327)';
COMMENT ON COLUMN endpoint.user_agent IS 'User-Agent';
COMMENT ON COLUMN endpoint.fe IS 'FQDN of the owning Front End';
COMMENT ON COLUMN endpoint.call_id IS 'Call-ID of the last REGISTER';
COMMENT ON COLUMN endpoint.data IS 'further state of the registrar, its own text';
COMMENT ON COLUMN endpoint.transport IS '1 UDP, 2 TCP, 3 TLS';
COMMENT ON COLUMN endpoint.flow IS '1 by contact address, 2 by the connection kept, 3 by Path';
COMMENT ON COLUMN endpoint.cseq IS 'CSeq of the last REGISTER';
COMMENT ON COLUMN endpoint.supported IS 'Supported and other abilities, bits of the registrar';
COMMENT ON COLUMN endpoint.expires_at IS 'Expires';
COMMENT ON COLUMN endpoint.last_active IS 'last request or keepalive written down';

CREATE INDEX endpoint_fe ON endpoint (fe, user_id, key);
