# parley.conf of the lab, written anew at each start. DIR/conf.d/*.conf comes last and wins.

write_config()
{
	local socket=$DIR/run/frontend.sock c3p
	[ ${#socket} -le 100 ] || socket= # longer than the name of a UNIX socket may be
	c3p=$(port c3p)
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
			c3p_listen = 127.0.0.1:$c3p
			trusted_servers = $(fqdn_of mcu-im)
			ntlm_domain = $NTLM_DOMAIN
			metrics_listen = $(metrics_of frontend)
			admin_socket = $socket
			${opt_bench_users:+bench_users = u}

			[mcu-im]
			fqdn = $(fqdn_of mcu-im)
			address = 127.0.0.1
			certificate = $DIR/tls/mcu-im.pem
			key = $DIR/tls/mcu-im.key
			sip_listen = 127.0.0.1:$(port mcu-im-sip)
			c3p_listen = 127.0.0.1:$(port mcu-im-c3p)
			factory = https://$POOL_FQDN:$c3p@127.0.0.1:$c3p
			metrics_listen = $(metrics_of mcu-im)

			include $DIR/conf.d
		END
	)
	mv "$DIR/parley.conf.new" "$DIR/parley.conf"
}
