# deploy/lab demo: two demo users talk through the server; then how to sign in oneself.

lab_demo()
{
	[ $# -eq 0 ] || wrong_usage "demo takes no further word"
	load_lab
	all_ready || fail "the lab in $DIR does not run" "not every role is ready: deploy/lab status" "deploy/lab up"
	PYTHONDONTWRITEBYTECODE=1 SIP_TLS=127.0.0.1:$(port sip-tls) SIP_TCP=127.0.0.1:$(port sip) DOMAIN=$DOMAIN \
		POOL_FQDN=$POOL_FQDN CA_FILE=$DIR/tls/ca.pem DEMO_PASSWORD=$DEMO_PASSWORD \
		"$(python_program)" "$LAB_D/demo.py" || exit 1
	sign_in_lines
}

python_program() { [ -x /usr/bin/python3 ] && echo /usr/bin/python3 || echo python3; }

sign_in_lines()
{
	local tls=127.0.0.1:$(port sip-tls) dir_option=
	[ "$DIR" = "$ROOT/.lab" ] || dir_option=" --dir $DIR"
	cat <<-END

		Sign in:   alice@$DOMAIN   password: deploy/lab env$dir_option | grep DEMO_PASSWORD
		Pidgin:    protocol Office Communicator, server $tls, SSL/TLS, login $NTLM_DOMAIN\\alice
		           (Debian 12's own Pidgin plugin cannot read XML, see README.md, Connect a client)
		Linphone:  linphonec, then: proxy add, proxy <sip:$tls;transport=tls>,
		           identity sip:alice@$DOMAIN; in linphonerc: root_ca=$DIR/tls/ca.pem
		           and verify_server_cn=0, as the server is named by its address
		baresip:   one line in ~/.baresip/accounts:
		           <sip:alice@$DOMAIN;transport=tls>;auth_user=alice;outbound="sip:$tls;transport=tls";pubint=600
		Next:      deploy/lab status$dir_option, deploy/lab logs frontend$dir_option, deploy/lab down$dir_option
	END
}
