# Peers of the workload `room`: Debian's ejabberd and prosody, each with a multi-user chat service. Sourced by run.

make_chat_certificate()
{
	make_peer_certificate
	cat "$WORK/peer.key" "$WORK/peer.crt" >"$WORK/peer.pem"
	chmod 755 "$WORK"
	chmod 644 "$WORK/peer.key" "$WORK/peer.pem"
}

fill_in() # FILE PORT DATA
{
	sed -e "s#@PORT@#$2#; s#@TLS_PORT@#$(($2 + 1))#; s#@DATA@#$3#; s#@KEY@#$WORK/peer.key#" \
		-e "s#@CERTIFICATE@#$WORK/peer.${4:-crt}#" "$BENCH/$1"
}

listens() { [ -n "$(ss -Hlnt "sport = :$1")" ]; }

target_of_chat() # PORT TRANSPORT
{
	case $2 in
	tls) echo "127.0.0.1:$(($1 + 1))" ;;
	*) echo "127.0.0.1:$1" ;;
	esac
}

# --- ejabberd: without a node name, so without a port for other nodes and without epmd

ejabberd_start()
{
	local code data=$WORK/ejabberd
	code=$(ls -d /usr/lib/*/ejabberd-*/ebin | sort -V | tail -1)
	rm -rf "$data"
	mkdir -p "$data"
	make_chat_certificate
	fill_in ejabberd.yml "$CHAT_PORT" "$data" pem >"$WORK/ejabberd.yml"
	(cd "$data" && EJABBERD_CONFIG_PATH=$WORK/ejabberd.yml HOME=$data exec erl -noinput -pa "$code" \
		-mnesia dir "\"$data/db\"" +K true +P 250000 -s ejabberd) >"$LOGS/ejabberd.log" 2>&1 </dev/null &
	EJABBERD_PID=$!
	wait_for 30 listens "$((CHAT_PORT + 1))" || fail "ejabberd does not listen: $(tail -2 "$LOGS/ejabberd.log")"
}

ejabberd_alive() { running "${EJABBERD_PID:-}"; }
ejabberd_target() { target_of_chat "$CHAT_PORT" "$1"; }
ejabberd_processes() { echo -s "ejabberd=$EJABBERD_PID"; }
ejabberd_load() { xmpp_load "$@"; }

ejabberd_stop()
{
	[ -n "${EJABBERD_PID:-}" ] || return 0
	stop_process "$EJABBERD_PID"
	EJABBERD_PID=
}

# --- prosody

prosody_start()
{
	local data=$WORK/prosody
	mkdir -p "$data"
	make_chat_certificate
	fill_in prosody.cfg.lua "$((CHAT_PORT + 2))" "$data" >"$WORK/prosody.cfg.lua"
	prosody -F --config "$WORK/prosody.cfg.lua" >"$LOGS/prosody.log" 2>&1 </dev/null &
	PROSODY_PID=$!
	wait_for 30 listens "$((CHAT_PORT + 3))" ||
		fail "prosody does not listen: $(cat "$LOGS/prosody.log" "$data/log" | tail -2)"
}

prosody_alive() { running "${PROSODY_PID:-}"; }
prosody_target() { target_of_chat "$((CHAT_PORT + 2))" "$1"; }
prosody_processes() { echo -s "prosody=$PROSODY_PID"; }
prosody_load() { xmpp_load "$@"; }

prosody_stop()
{
	[ -n "${PROSODY_PID:-}" ] || return 0
	stop_process "$PROSODY_PID"
	PROSODY_PID=
}
