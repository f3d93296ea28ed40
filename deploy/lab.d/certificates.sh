# A certificate authority of the lab's own and one server certificate for the pool.

certificate_names()
{
	echo "$POOL_FQDN sip.$DOMAIN sipinternal.$DOMAIN sipexternal.$DOMAIN $DOMAIN localhost"
}

certificates_made() { [ -s "$DIR/tls/ca.pem" ] && [ -s "$DIR/tls/server.pem" ] && [ -s "$DIR/tls/server.key" ]; }

make_certificates()
{
	local tls=$DIR/tls san='IP:127.0.0.1' name
	for name in $(certificate_names); do san+=",DNS:$name"; done
	mkdir -p "$tls"
	(
		umask 077
		openssl ecparam -name prime256v1 -genkey -noout -out "$tls/ca.key"
		openssl req -x509 -new -key "$tls/ca.key" -subj "/CN=Parley lab CA ${LAB_ID:-}" -days 825 -out "$tls/ca.pem" \
			-addext basicConstraints=critical,CA:TRUE -addext keyUsage=critical,keyCertSign,cRLSign
		openssl ecparam -name prime256v1 -genkey -noout -out "$tls/server.key"
		printf '%s\n' "subjectAltName=$san" extendedKeyUsage=serverAuth,clientAuth \
			basicConstraints=critical,CA:FALSE keyUsage=critical,digitalSignature >"$tls/server.ext"
		openssl req -new -key "$tls/server.key" -subj "/CN=$POOL_FQDN" |
			openssl x509 -req -CA "$tls/ca.pem" -CAkey "$tls/ca.key" -CAcreateserial -days 397 \
				-extfile "$tls/server.ext" -out "$tls/server.pem"
	) >"$DIR/log/certificates.log" 2>&1 ||
		fail "cannot make the lab's certificates" "see $DIR/log/certificates.log" "repair that, then deploy/lab up again"
	chmod 644 "$tls/ca.pem" "$tls/server.pem"
}
