# parley.conf of the lab, written anew at each start. DIR/conf.d/*.conf comes last and wins.

write_config()
{
	local socket=$DIR/run/frontend.sock
	[ ${#socket} -le 100 ] || socket= # longer than the name of a UNIX socket may be
	(
		umask 077
		cat >"$DIR/parley.conf.new" <<-END
			# Written by deploy/lab up, which writes it again: put changes into conf.d/NAME.conf.
			[common]
			fqdn = $POOL_FQDN
			domains = $DOMAIN
			database = host=$PGHOST port=$PGPORT user=$PGUSER
			ca_file = $DIR/tls/ca.pem
			certificate = $DIR/tls/server.pem
			key = $DIR/tls/server.key
			state_dir = $DIR/state

			[frontend]
			tls_listen = 127.0.0.1:$(port sip-tls)
			tcp_listen = 127.0.0.1:$(port sip)
			udp_listen = 127.0.0.1:$(port sip)
			c3p_listen = 127.0.0.1:$(port c3p)
			ntlm_domain = $NTLM_DOMAIN
			metrics_listen = $(metrics_of frontend)
			admin_socket = $socket
			${opt_bench_users:+bench_users = u}

			include $DIR/conf.d
		END
	)
	mv "$DIR/parley.conf.new" "$DIR/parley.conf"
}
