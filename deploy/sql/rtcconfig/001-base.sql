-- Settings of the deployment.

CREATE TABLE setting (
	level    text COLLATE "C" NOT NULL,
	class    text COLLATE "C" NOT NULL,
	instance text COLLATE "C" NOT NULL DEFAULT '',
	property text COLLATE "C" NOT NULL,
	value    text NOT NULL,
	mtime    timestamptz NOT NULL DEFAULT now(),
	PRIMARY KEY (level, class, instance, property)
);
COMMENT ON COLUMN setting.level IS 'lcscmd /level: global, pool:FQDN, machine:FQDN';
COMMENT ON COLUMN setting.class IS 'WMI class MSFT_SIP..., or a section of our own';
COMMENT ON COLUMN setting.instance IS 'key of the WMI instance, empty for a single one';
COMMENT ON COLUMN setting.property IS 'WMI property';
COMMENT ON COLUMN setting.value IS 'value as it would stand in a configuration file';
COMMENT ON COLUMN setting.mtime IS 'last change';

-- The payload is the level, a blank and the class.
CREATE FUNCTION ply_setting_changed() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
	PERFORM pg_notify('rtcconfig_setting',
		CASE WHEN TG_OP = 'DELETE' THEN OLD.level || ' ' || OLD.class ELSE NEW.level || ' ' || NEW.class END);
	RETURN NULL;
END $$;
CREATE TRIGGER setting_changed AFTER INSERT OR UPDATE OR DELETE ON setting
	FOR EACH ROW EXECUTE FUNCTION ply_setting_changed();
