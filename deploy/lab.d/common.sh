# What every verb uses: messages, settings of a lab, ports, processes.

VERBS="up down status env demo logs kill start help"

wrong_usage()
{
	echo "deploy/lab: $1; verbs are: $VERBS. See deploy/lab help" >&2
	exit 2
}

# fail WHAT BECAUSE NEXT: three parts, then exit 1. An open progress line is closed first.
fail()
{
	[ -z "${step_open:-}" ] || echo "failed"
	printf 'error: %s\n  because: %s\n  next:    %s\n' "$1" "$2" "$3" >&2
	exit 1
}

# step N TEXT begins a progress line, step_done [EXTRA] ends it.
step()
{
	local label="[$1/5] $2 "
	printf '%s%s ' "$label" "$(printf '%*s' $((37 - ${#label})) '' | tr ' ' .)"
	step_open=yes
}
step_done()
{
	step_open=
	echo "ok${1:+  $1}"
}

# --- the settings of a lab: DIR/lab.conf, KEY=VALUE, written once and completed ---

SETTINGS="TOPOLOGY DOMAIN NTLM_DOMAIN POOL_FQDN BASE_PORT DEMO_PASSWORD DB_PASSWORD PG_HOME USERS_DONE BENCH_DONE"

lab_exists() { [ -s "$DIR/lab.conf" ]; }

load_lab()
{
	lab_exists || fail "there is no lab in $DIR" "it has no lab.conf" "deploy/lab up --dir $DIR"
	. "$DIR/lab.conf"
	PG_PORT=$(port database)
	export PGHOST=$PG_HOME/socket PGPORT=$PG_PORT PGUSER=parley
}

save_lab()
{
	local key
	(
		umask 077
		for key in $SETTINGS; do printf '%s=%q\n' "$key" "${!key:-}"; done >"$DIR/lab.conf.new"
	)
	mv "$DIR/lab.conf.new" "$DIR/lab.conf"
}

random_word() { od -An -N"$1" -tx1 /dev/urandom | tr -d ' \n'; }

# --- ports: the product's own without --base-port, else a block of 40 from it ---

# Servers of a role beside its first: three ports each.
further() { echo $((${BASE_PORT:-5060} + 22 + 3 * (${2##*.} - 2) + $1)); }

port() # NAME, or NAME.N
{
	case $1 in
	sip) [ "$BASE_PORT" ] && echo "$BASE_PORT" || echo 5060 ;;
	sip-tls) [ "$BASE_PORT" ] && echo $((BASE_PORT + 1)) || echo 5061 ;;
	c3p) [ "$BASE_PORT" ] && echo $((BASE_PORT + 4)) || echo 5444 ;; # 444 is for root alone
	database) [ "$BASE_PORT" ] && echo $((BASE_PORT + 10)) || echo 5433 ;;
	mcu-im-sip) [ "$BASE_PORT" ] && echo $((BASE_PORT + 2)) || echo 5062 ;;
	mcu-im-c3p) [ "$BASE_PORT" ] && echo $((BASE_PORT + 3)) || echo 5063 ;;
	metrics-frontend) [ "$BASE_PORT" ] && echo $((BASE_PORT + 20)) || echo 9401 ;;
	mcu-im-sip.[2-4]) further 0 "$1" ;;
	mcu-im-c3p.[2-4]) further 1 "$1" ;;
	metrics-mcu-im.[2-4]) further 2 "$1" ;;
	metrics-mcu-im) [ "$BASE_PORT" ] && echo $((BASE_PORT + 21)) || echo 9402 ;;
	esac
}

# Prints those of the given ports that somebody listens on (TCP) or has bound (UDP).
busy_ports()
{
	local p hex
	for p in "$@"; do
		hex=$(printf '%04X' "$p")
		if awk -v p=":$hex\$" '$2 ~ p && ($4 == "0A" || FILENAME ~ /udp/) { hit = 1 }
				END { exit !hit }' /proc/net/tcp /proc/net/tcp6 /proc/net/udp /proc/net/udp6 2>/dev/null; then
			echo "$p"
		fi
	done
}

# --- processes: run/NAME.pid holds pid and start time, so that a reused pid is not ours ---

started_at() { sed 's/.*) //' "/proc/$1/stat" 2>/dev/null | cut -d' ' -f20; }

save_pid() # NAME PID
{
	echo "$2 $(started_at "$2")" >"$DIR/run/$1.pid"
}

# Prints the pid of NAME while it runs, else fails.
pid_of()
{
	local pid start state
	if [ "$1" = database ]; then
		database_pid
		return
	fi
	read -r pid start 2>/dev/null <"$DIR/run/$1.pid" || return 1
	[ -n "$start" ] && [ "$(started_at "$pid")" = "$start" ] || return 1
	state=$(sed 's/.*) //' "/proc/$pid/stat" 2>/dev/null | cut -c1)
	[ "$state" != Z ] || return 1
	echo "$pid"
}

# wait_until SECONDS COMMAND...: tries ten times a second, fails when the time is over.
wait_until()
{
	local end=$((SECONDS + $1))
	shift
	until "$@"; do
		[ $SECONDS -lt $end ] || return 1
		sleep 0.1
	done
}

gone() { ! pid_of "$1" >/dev/null; }

stop_process() # NAME [SIGNAL]
{
	local pid
	pid=$(pid_of "$1") || return 0
	kill -"${2:-TERM}" "$pid" 2>/dev/null || true
	if ! wait_until 10 gone "$1"; then
		echo "note: $1 (pid $pid) did not end within 10 s, now by force"
		kill -KILL "$pid" 2>/dev/null || true
		wait_until 10 gone "$1"
	fi
}

uptime_of() # PID: seconds
{
	local up
	read -r up _ </proc/uptime
	echo $((${up%.*} - $(started_at "$1") / $(getconf CLK_TCK)))
}

# http_get HOST:PORT PATH: the answer on standard output; 0 when its status is 200. Needs no curl.
http_get()
{
	(
		exec 3<>"/dev/tcp/${1%:*}/${1##*:}" || exit 1
		printf 'GET %s HTTP/1.0\r\nHost: %s\r\n\r\n' "$2" "$1" | cat >&3 # one write
		answer=$(timeout 3 cat <&3)
		printf '%s\n' "$answer" | sed '1,/^\r*$/d'
		[[ $answer == HTTP/1.?' 200'* ]]
	) 2>/dev/null
}

# One verb that changes a lab at a time; descriptor 9 must not reach the daemons.
lock_lab()
{
	exec 9>"$DIR/.lock"
	flock -w 120 9 || fail "cannot work on the lab in $DIR" "another deploy/lab is at it" "try again later"
}

# --- executables: PARLEY_BUILD, else the checkout's build, else what is installed ---

exe() # NAME
{
	local dir
	for dir in ${PARLEY_BUILD:-$ROOT/build/release /usr/local/bin /usr/local/sbin /usr/bin /usr/sbin}; do
		case $dir in /*) ;; *) dir=$ROOT/$dir ;; esac
		if [ -x "$dir/$1" ]; then
			echo "$dir/$1"
			return
		fi
	done
	return 1
}

parley() { "$(exe parley)" --config "$DIR/parley.conf" "$@"; }
