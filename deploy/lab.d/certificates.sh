# A certificate authority of the lab's own, one server certificate for the pool and one for each server
# beside it: roles know each other by the names in them.

certificate_names()
{
	echo "$POOL_FQDN sip.$DOMAIN sipinternal.$DOMAIN sipexternal.$DOMAIN $DOMAIN localhost"
}

# The name of a role that has a certificate of its own.
fqdn_of() { echo "${1/./-}.$DOMAIN"; }

certificates_made()
{
	local name
	for name in ca.pem server.pem server.key mcu-im.pem mcu-im.key; do [ -s "$DIR/tls/$name" ] || return 1; done
}

make_role_certificate() # ROLE[.N]
{
	parley cert server --ca "$DIR/tls/ca.pem" --ca-key "$DIR/tls/ca.key" --key-type p256 \
		--name "$(fqdn_of "$1")" --out "$DIR/tls/$1.pem" --key-out "$DIR/tls/$1.key"
}

make_certificates()
{
	local tls=$DIR/tls san
	san=$(certificate_names | tr ' ' ,),127.0.0.1
	mkdir -p "$tls"
	rm -f "$tls"/* # an authority without its key is of no use
	{
		parley cert ca --name "Parley lab CA $POOL_FQDN" --key-type p256 --out "$tls/ca.pem" --key-out "$tls/ca.key" &&
			parley cert server --ca "$tls/ca.pem" --ca-key "$tls/ca.key" --key-type p256 --name "$POOL_FQDN" \
				--san "${san#*,}" --out "$tls/server.pem" --key-out "$tls/server.key" &&
			make_role_certificate mcu-im
	} >"$DIR/log/certificates.log" 2>&1 ||
		fail "cannot make the lab's certificates" "$(tail -3 "$DIR/log/certificates.log")" \
			"repair that, then deploy/lab up again"
}
