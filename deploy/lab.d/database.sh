# A PostgreSQL cluster of the lab's own: UNIX socket, and a loopback port with a password.

PG_BIN=$(ls -d /usr/lib/postgresql/*/bin 2>/dev/null | sort -V | tail -1)
[ -n "$PG_BIN" ] || PG_BIN=$(dirname "$(command -v initdb || echo /nowhere/initdb)")

# PostgreSQL refuses to run as root.
as_pg()
{
	if [ "$(id -u)" -eq 0 ]; then
		(cd / && setpriv --reuid=postgres --regid=postgres --clear-groups -- "$@")
	else
		"$@"
	fi
}

# Where the cluster lives: in DIR, unless user postgres cannot get there (a home folder of root) or
# the path is too long for a socket's name.
choose_pg_home()
{
	PG_HOME=$DIR/pg
	mkdir -p "$PG_HOME"
	if [ ${#PG_HOME} -gt 80 ] || ! as_pg test -x "$PG_HOME"; then
		rmdir "$PG_HOME"
		PG_HOME=$(mktemp -d /var/tmp/parley-lab.XXXXXX)
	fi
}

database_made() { [ -e "$PG_HOME/made" ]; }

make_database()
{
	mkdir -p "$PG_HOME"
	rm -rf "$PG_HOME/data"
	mkdir -p "$PG_HOME/socket"
	printf '%s\n' "$DB_PASSWORD" >"$PG_HOME/password"
	chmod 600 "$PG_HOME/password"
	chmod 700 "$PG_HOME/socket"
	[ "$(id -u)" -ne 0 ] || chown -R postgres:postgres "$PG_HOME"
	as_pg "$PG_BIN/initdb" -D "$PG_HOME/data" -U parley --encoding=UTF8 --locale=C.UTF-8 --no-sync \
		--auth-local=trust --auth-host=scram-sha-256 --pwfile="$PG_HOME/password" \
		>"$DIR/log/initdb.log" 2>&1 || database_failed "initdb" "$DIR/log/initdb.log"
	# Only the lab's user gets to the socket: its folder is closed to others.
	cat >>"$PG_HOME/data/postgresql.conf" <<-END
		listen_addresses = '127.0.0.1'
		unix_socket_directories = '$PG_HOME/socket'
		max_connections = 100
		shared_buffers = 128MB
		jit = off
		include_if_exists = 'lab.conf'
	END
	touch "$PG_HOME/made"
}

database_failed() # WHAT LOGFILE
{
	[ -z "${step_open:-}" ] || echo "failed"
	step_open=
	tail -5 "$2" >&2 || true
	fail "the lab's database does not come up ($1)" "the lines above, from $2" "repair that, then deploy/lab up again"
}

database_pid()
{
	local pid
	read -r pid 2>/dev/null <"$PG_HOME/data/postmaster.pid" || return 1
	[ "$(tr -d '\0' 2>/dev/null <"/proc/$pid/comm")" = postgres ] && echo "$pid"
}

database_ready() { "$PG_BIN/pg_isready" -q -t 2; }

pg_ctl_start()
{
	as_pg "$PG_BIN/pg_ctl" start -w -t 60 -s -D "$PG_HOME/data" -l "$PG_HOME/postgres.log" \
		>/dev/null 2>&1 </dev/null 9>&-
}

start_database()
{
	if ! pid_of database >/dev/null; then
		echo "port = $PG_PORT" >"$PG_HOME/data/lab.conf"
		[ "$(id -u)" -ne 0 ] || chown postgres:postgres "$PG_HOME/data/lab.conf"
		# After a kill -9 the old server's children may hold its memory for a moment.
		wait_until 20 pg_ctl_start || database_failed "pg_ctl start" "$PG_HOME/postgres.log"
	fi
	wait_until 60 database_ready || database_failed "no answer" "$PG_HOME/postgres.log"
}

stop_database() # [MODE]
{
	pid_of database >/dev/null || return 0
	as_pg "$PG_BIN/pg_ctl" stop -w -t 60 -s -m "${1:-fast}" -D "$PG_HOME/data" >/dev/null 2>&1 || true
}
