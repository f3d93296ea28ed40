# The peer: Debian's kamailio with a PostgreSQL cluster of its own. Sourced by run.
#
# One worker for UDP and one for TCP and TLS do more for each CPU second than several, and several TCP workers crash in
# libcrypto under TLS load (5.6.3 with OpenSSL 3). 4 GiB of shared memory: with 1 GiB requests fail at 15,000 a second.

PG_BIN=$(ls -d /usr/lib/postgresql/*/bin 2>/dev/null | sort -V | tail -1)
KAMAILIO_MODULES=$(dirname "$(ls /usr/lib/*/kamailio/modules/tm.so 2>/dev/null | head -1)")

as_postgres()
{
	if [ "$(id -u)" -eq 0 ]; then
		(cd / && setpriv --reuid=postgres --regid=postgres --clear-groups -- "$@")
	else
		"$@"
	fi
}

peer_sql() { "$PG_BIN/psql" -X -h "$PEER_PG" -p "$PEER_PG_PORT" -U postgres -qAt "$@"; }

start_peer_database()
{
	[ -z "${PEER_PG_PID:-}" ] || return 0
	PEER_PG=$(mktemp -d /tmp/parley-bench-pg.XXXXXX)
	[ "$(id -u)" -ne 0 ] || chown postgres "$PEER_PG"
	as_postgres "$PG_BIN/initdb" -D "$PEER_PG/data" -A trust -U postgres --no-sync >"$LOGS/peer-initdb.log" 2>&1 ||
		fail "initdb for the peer failed: $LOGS/peer-initdb.log"
	# exec: the process id is the postmaster's.
	(cd / && exec ${AS_POSTGRES[@]+"${AS_POSTGRES[@]}"} "$PG_BIN/postgres" -D "$PEER_PG/data" -p "$PEER_PG_PORT" \
		-c listen_addresses=127.0.0.1 -c unix_socket_directories="$PEER_PG" -c shared_buffers=256MB \
		-c max_wal_size=4GB -c jit=off -c max_connections=200) >"$LOGS/peer-postgres.log" 2>&1 &
	PEER_PG_PID=$!
	wait_for 30 peer_sql -c 'select 1' || fail "the peer's database does not come up: $LOGS/peer-postgres.log"
}

# Users u0 ... with password "secret", as the lab's bench users; nobody registered or watching.
fill_peer_database() # USERS
{
	local part
	peer_sql -c 'drop database if exists kamailio with (force)' -c 'create database kamailio' >"$LOGS/peer-schema.log" 2>&1
	for part in standard usrloc auth_db presence; do
		peer_sql -d kamailio -f "/usr/share/kamailio/postgres/$part-create.sql" >>"$LOGS/peer-schema.log" 2>&1
	done
	peer_sql -d kamailio -c "insert into subscriber (username, domain, password, ha1, ha1b) select 'u' || i, 'bench.local',
		'secret', md5('u' || i || ':bench.local:secret'), '' from generate_series(0, $1) i" -c 'vacuum analyze'
}

make_peer_certificate()
{
	[ ! -s "$WORK/peer.crt" ] || return 0
	openssl req -x509 -newkey rsa:2048 -nodes -subj /CN=bench.local -days 30 -keyout "$WORK/peer.key" \
		-out "$WORK/peer.crt" 2>"$LOGS/peer-openssl.log" || fail "no certificate for the peer"
	printf '[server:default]\nmethod = TLSv1.2+\nverify_certificate = no\nrequire_certificate = no\n%s\n%s\n' \
		"private_key = $WORK/peer.key" "certificate = $WORK/peer.crt" >"$WORK/peer-tls.cfg"
	printf '[client:default]\nverify_certificate = no\nrequire_certificate = no\n' >>"$WORK/peer-tls.cfg"
}

# kamailio_start USERS LOCATION_MODE [DEFINE...]; location modes are usrloc's: 1 write-through, 2 write-back.
kamailio_start()
{
	local users=$1 mode=$2 word defines=()
	shift 2
	for word in "$@"; do defines+=(-A "$word"); done
	start_peer_database
	fill_peer_database "$users"
	make_peer_certificate
	sed -e "s#@WORKERS@#${WORKERS:-1}#; s#@TCP_WORKERS@#${TCP_WORKERS:-1}#; s#@LOCATION_MODE@#$mode#" \
		-e "s#@ADDRESS@#127.0.0.1:$PEER_PORT#g; s#@TLS_ADDRESS@#127.0.0.1:$((PEER_PORT + 1))#" \
		-e "s#@DATABASE@#postgres://postgres@127.0.0.1:$PEER_PG_PORT/kamailio#; s#@MODULES@#$KAMAILIO_MODULES/#" \
		-e "s#@TLS_CONFIG@#$WORK/peer-tls.cfg#" "$BENCH/kamailio.cfg" >"$WORK/kamailio.cfg"
	setsid kamailio -DD -m 4096 -M 64 -f "$WORK/kamailio.cfg" -Y "$WORK" -P "$WORK/kamailio.pid" ${defines[@]+"${defines[@]}"} \
		>"$LOGS/kamailio.log" 2>&1 &
	PEER_PID=$!
	wait_for 20 kamailio_answers || fail "kamailio does not answer: $(tail -2 "$LOGS/kamailio.log")"
}

kamailio_answers()
{
	kamailio_alive && "$SIPLOAD" -t "127.0.0.1:$PEER_PORT" -T udp -m options -n 1 -c 1 -w 1 -W 0 -d 0.1
}

kamailio_alive() { running "${PEER_PID:-}"; }

kamailio_target() # TRANSPORT
{
	case $1 in
	tls) echo "127.0.0.1:$((PEER_PORT + 1))" ;;
	*) echo "127.0.0.1:$PEER_PORT" ;;
	esac
}

kamailio_processes() { echo -s "kamailio=$PEER_PID" -s "database=$PEER_PG_PID"; }

# Its children outlive it when it fails on the way down, and would answer in the next one's place: end the group.
kamailio_stop()
{
	[ -n "${PEER_PID:-}" ] || return 0
	stop_process "$PEER_PID"
	kill -KILL -- "-$PEER_PID" 2>/dev/null || true
	wait_for 10 group_ended "$PEER_PID" || fail "processes of kamailio $PEER_PID do not end"
	PEER_PID=
}

group_ended() { ! kill -0 -- "-$1"; }

kamailio_end()
{
	kamailio_stop
	stop_process "${PEER_PG_PID:-}" INT
	[ -z "${PEER_PG:-}" ] || rm -rf "$PEER_PG"
	PEER_PG_PID= PEER_PG=
}
