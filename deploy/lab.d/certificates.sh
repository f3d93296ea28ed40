# A certificate authority of the lab's own and one server certificate for the pool.

certificate_names()
{
	echo "$POOL_FQDN sip.$DOMAIN sipinternal.$DOMAIN sipexternal.$DOMAIN $DOMAIN localhost"
}

certificates_made() { [ -s "$DIR/tls/ca.pem" ] && [ -s "$DIR/tls/server.pem" ] && [ -s "$DIR/tls/server.key" ]; }

make_certificates()
{
	local tls=$DIR/tls san
	san=$(certificate_names | tr ' ' ,),127.0.0.1
	mkdir -p "$tls"
	rm -f "$tls"/* # an authority without its key is of no use
	{
		parley cert ca --name "Parley lab CA $POOL_FQDN" --key-type p256 --out "$tls/ca.pem" --key-out "$tls/ca.key" &&
			parley cert server --ca "$tls/ca.pem" --ca-key "$tls/ca.key" --key-type p256 --name "$POOL_FQDN" \
				--san "${san#*,}" --out "$tls/server.pem" --key-out "$tls/server.key"
	} >"$DIR/log/certificates.log" 2>&1 ||
		fail "cannot make the lab's certificates" "$(tail -3 "$DIR/log/certificates.log")" \
			"repair that, then deploy/lab up again"
}
