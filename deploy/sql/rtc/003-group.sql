-- Distribution groups: what a meeting invitation to a group is expanded to.

CREATE TABLE dl (
	id           bigserial PRIMARY KEY,
	uri          text COLLATE "C" NOT NULL UNIQUE
		CHECK (uri = lower(uri) AND uri LIKE 'sip:%' AND length(uri) BETWEEN 5 AND 454),
	display_name text,
	mail         text,
	created_at   timestamptz NOT NULL DEFAULT now()
);
COMMENT ON TABLE dl IS 'distribution groups';
COMMENT ON COLUMN dl.uri IS 'address people invite, with sip:, lower-case; a user of the same address goes first';
COMMENT ON COLUMN dl.display_name IS 'displayName of the group';
COMMENT ON COLUMN dl.mail IS 'mail of the group: what group expansion asks by';

CREATE TABLE dl_member (
	dl  bigint NOT NULL REFERENCES dl ON DELETE CASCADE,
	uri text COLLATE "C" NOT NULL CHECK (uri = lower(uri) AND length(uri) BETWEEN 5 AND 454),
	PRIMARY KEY (dl, uri)
);
COMMENT ON TABLE dl_member IS 'members of distribution groups';
COMMENT ON COLUMN dl_member.uri IS 'of a user (of ours or not) or of another group, with sip:, lower-case';

CREATE INDEX dl_member_uri ON dl_member (uri);

-- An address that is free again must not be in groups still, for whoever gets it next.
CREATE FUNCTION ply_dl_member_gone() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
	DELETE FROM dl_member WHERE uri = OLD.uri;
	RETURN NULL;
END $$;
CREATE TRIGGER resource_leaves_dl AFTER DELETE ON resource
	FOR EACH ROW EXECUTE FUNCTION ply_dl_member_gone();
CREATE TRIGGER dl_leaves_dl AFTER DELETE ON dl
	FOR EACH ROW EXECUTE FUNCTION ply_dl_member_gone();
