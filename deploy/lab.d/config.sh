# parley.conf of the lab, written anew at each start. DIR/conf.d/*.conf comes last and wins.

write_config()
{
	local run=$DIR/run c3p
	[ ${#run} -le 85 ] || run= # with a name after it longer than that of a UNIX socket may be
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
			trusted_servers = $(fqdn_of mcu-im), $(fqdn_of mcu-im.2), $(fqdn_of mcu-im.3), $(fqdn_of mcu-im.4)
			ntlm_domain = $NTLM_DOMAIN
			metrics_listen = $(metrics_of frontend)
			admin_socket = ${run:+$run/frontend.sock}
			${opt_bench_users:+bench_users = u}

			[mcu-im]
			fqdn = $(fqdn_of mcu-im)
			address = 127.0.0.1
			certificate = $DIR/tls/mcu-im.pem
			key = $DIR/tls/mcu-im.key
			sip_listen = 127.0.0.1:$(port mcu-im-sip)
			c3p_listen = 127.0.0.1:$(port mcu-im-c3p)
			frontend_sip_port = $(port sip-tls)
			factory = https://$POOL_FQDN:$c3p@127.0.0.1:$c3p
			metrics_listen = $(metrics_of mcu-im)
			admin_socket = ${run:+$run/mcu-im.sock}

			include $DIR/conf.d
		END
	)
	mv "$DIR/parley.conf.new" "$DIR/parley.conf"
}

# parley.conf for one more server of a role beside the first: the same with a name and on ports of its own.
write_further_config() # ROLE.N FILE
{
	local n=${1##*.}
	(
		umask 077
		sed -e "/^\[mcu-im\]/,\$ {
			s/^fqdn = .*/fqdn = $(fqdn_of "$1")/
			s|^certificate = .*|certificate = $DIR/tls/$1.pem|
			s|^key = .*|key = $DIR/tls/$1.key|
			s/^sip_listen = .*/sip_listen = 127.0.0.1:$(port "mcu-im-sip.$n")/
			s/^c3p_listen = .*/c3p_listen = 127.0.0.1:$(port "mcu-im-c3p.$n")/
			s/^metrics_listen = .*/metrics_listen = $(metrics_of "$1")/
			s/^\(admin_socket = .*mcu-im\)/\1.$n/
		}" "$DIR/parley.conf" >"$2"
	)
}
