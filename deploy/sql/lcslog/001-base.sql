-- Call detail records, archive and quality reports will stand here; none yet.

COMMENT ON TABLE schema_version IS 'migrations applied to lcslog';
