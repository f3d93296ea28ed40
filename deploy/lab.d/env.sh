# deploy/lab env: what scripts need to know, as KEY=VALUE lines that a shell can read.

say() # KEY VALUE
{
	case $2 in
	*[!A-Za-z0-9_./:@%+,=-]*) printf '%s=%s\n' "$1" "${2@Q}" ;;
	*) printf '%s=%s\n' "$1" "$2" ;;
	esac
}

lab_env()
{
	local role upper pid
	load_lab
	say LAB_DIR "$DIR"
	say DOMAIN "$DOMAIN"
	say POOL_FQDN "$POOL_FQDN"
	say SIP_TLS "127.0.0.1:$(port sip-tls)"
	say SIP_TCP "127.0.0.1:$(port sip)"
	say SIP_UDP "127.0.0.1:$(port sip)"
	say CA_FILE "$DIR/tls/ca.pem"
	say SERVER_CERT "$DIR/tls/server.pem"
	say SERVER_KEY "$DIR/tls/server.key"
	say DEMO_USERS "$DEMO_USERS"
	say DEMO_PASSWORD "$DEMO_PASSWORD"
	say NTLM_DOMAIN "$NTLM_DOMAIN"
	say PGHOST "$PGHOST"
	say PGPORT "$PGPORT"
	say PGUSER "$PGUSER"
	for role in $(roles_of_lab); do
		upper=$(echo "$role" | tr a-z.- A-Z__)
		say "METRICS_$upper" "http://$(metrics_of "$role")"
		pid=$(pid_of "$role") && say "${upper}_PID" "$pid"
	done
	pid=$(pid_of database) && say DATABASE_PID "$pid"
	say PARLEY "$(exe parley) --config $DIR/parley.conf"
}
