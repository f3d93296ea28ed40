# The roles of a topology: which there are, how they are started, where they answer.

roles_of_topology()
{
	case $TOPOLOGY in
	standard) echo frontend mcu-im ;;
	esac
}

# Those, and the further servers that were started: mcu-im.2.
roles_of_lab()
{
	local role file
	for role in $(roles_of_topology); do
		echo "$role"
		for file in "$DIR/run/$role".[2-4].pid; do
			[ ! -e "$file" ] || basename "$file" .pid
		done
	done
}

metrics_of() { echo "127.0.0.1:$(port "metrics-$1")"; }

listeners_of()
{
	case $1 in
	frontend) echo "tls:127.0.0.1:$(port sip-tls) tcp:127.0.0.1:$(port sip) udp:127.0.0.1:$(port sip) https:127.0.0.1:$(port c3p)" ;;
	mcu-im*)
		echo "tls:127.0.0.1:$(port "mcu-im-sip${1#mcu-im}") https:127.0.0.1:$(port "mcu-im-c3p${1#mcu-im}")"
		;;
	database) echo "tcp:127.0.0.1:$PG_PORT" ;;
	esac
}

# ROLE or ROLE.1 to ROLE, mcu-im.2 as it is; others are refused by name.
role_named()
{
	local role=${1%.1}
	case " $(roles_of_topology) database mcu-im.2 mcu-im.3 mcu-im.4 " in
	*" $role "*) echo "$role" ;;
	*) fail "there is no role '$1' in this lab" "topology $TOPOLOGY has: $(roles_of_topology), and database" \
		"deploy/lab status shows them" ;;
	esac
}

role_ready()
{
	if [ "$1" = database ]; then
		database_ready
	else
		http_get "$(metrics_of "$1")" /readyz >/dev/null
	fi
}

# ready, or why not, in a few words
health_of()
{
	if ! pid_of "$1" >/dev/null; then
		echo "stopped"
	elif role_ready "$1"; then
		echo "ready"
	else
		echo "not-ready"
	fi
}

all_ready()
{
	local role
	[ -n "${USERS_DONE:-}" ] || return 1
	for role in database $(roles_of_topology); do
		pid_of "$role" >/dev/null && role_ready "$role" || return 1
	done
}

ready_or_gone() { role_ready "$1" || gone "$1"; }

# Name, certificate and configuration of mcu-im.2 and the like; prints the latter's file.
prepare_further()
{
	[ -s "$DIR/tls/$1.pem" ] || make_role_certificate "$1" >>"$DIR/log/certificates.log" 2>&1 ||
		fail "cannot make a certificate for $1" "$(tail -3 "$DIR/log/certificates.log")" \
			"repair that, then deploy/lab start $1"
	write_further_config "$1" "$DIR/$1.conf"
	echo "$DIR/$1.conf"
}

start_role()
{
	local role=$1 program conf=$DIR/parley.conf
	if [ "$role" = database ]; then
		start_database
		return
	fi
	if ! pid_of "$role" >/dev/null; then
		program=$(exe "parley-${role%.[2-4]}")
		[ "$role" = "${role%.[2-4]}" ] || conf=$(prepare_further "$role")
		(
			cd "$DIR"
			ulimit -n "$(ulimit -Hn)"
			exec setsid "$program" --config "$conf" </dev/null >>"$DIR/log/$role.log" 2>&1 9>&-
		) &
		save_pid "$role" $!
	fi
	wait_until "${LAB_TIMEOUT:-60}" ready_or_gone "$role" || role_failed "$role" \
		"it is not ready after ${LAB_TIMEOUT:-60} s: $(http_get "$(metrics_of "$role")" /readyz | head -c 300)"
	pid_of "$role" >/dev/null || role_failed "$role" "it ended while starting"
}

role_failed() # ROLE WHY
{
	[ -z "${step_open:-}" ] || echo "failed"
	step_open=
	tail -8 "$DIR/log/$1.log" >&2 || true
	fail "$1 does not come up" "$2; its last log lines are above" "deploy/lab logs $1 --dir $DIR"
}

stop_everything()
{
	local role
	for role in $(roles_of_lab); do
		stop_process "$role"
		rm -f "$DIR/run/$role.pid"
	done
	stop_database
}
