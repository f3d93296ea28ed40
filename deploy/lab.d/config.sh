# parley.conf of the lab, written anew at each start.

write_config()
{
	(
		umask 077
		cat >"$DIR/parley.conf.new" <<-END
			# Written by deploy/lab up; changes here are lost at the next one.
			[common]
			fqdn = $POOL_FQDN
			pool = $POOL_FQDN
			database = host=$PGHOST port=$PGPORT user=$PGUSER
			ca_file = $DIR/tls/ca.pem
			certificate = $DIR/tls/server.pem
			key = $DIR/tls/server.key

			[frontend]
			domains = $DOMAIN
			ntlm_domain = $NTLM_DOMAIN
			listen_tls = 127.0.0.1:$(port sip-tls)
			listen_tcp = 127.0.0.1:$(port sip)
			listen_udp = 127.0.0.1:$(port sip)
			metrics_listen = 127.0.0.1:$(port metrics-frontend)

			include $DIR/conf.d
		END
	)
	mv "$DIR/parley.conf.new" "$DIR/parley.conf"
}
