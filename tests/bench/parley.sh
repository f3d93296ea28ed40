# Ours: a lab with bench users. Sourced by run.

# The default meeting policy of the bench users becomes one of PARLEY_POLICY's values.
parley_start() # USERS SETTINGS
{
	mkdir -p "$LAB/conf.d"
	printf '%s\n' "$2" >"$LAB/conf.d/bench.conf"
	"$ROOT/deploy/lab" up --dir "$LAB" --base-port "$PARLEY_PORT" --domain bench.local --bench-users "$1" \
		>"$LOGS/lab-up.log" 2>&1 || fail "deploy/lab up: $(tail -3 "$LOGS/lab-up.log")"
	eval "$("$ROOT/deploy/lab" env --dir "$LAB" | grep -E '^(SIP_[A-Z]*|[A-Z_]*_PID|PARLEY)=')"
	[ -z "$PARLEY_POLICY" ] || $PARLEY policy set bench DefaultPolicy=yes $PARLEY_POLICY >"$LOGS/policy.log" 2>&1 ||
		fail "parley policy set: $(tail -2 "$LOGS/policy.log")"
}

parley_alive() { running "${FRONTEND_PID:-}"; }

parley_target() # TRANSPORT
{
	case $1 in
	tls) echo "$SIP_TLS" ;;
	tcp) echo "$SIP_TCP" ;;
	udp) echo "$SIP_UDP" ;;
	esac
}

parley_processes() { echo -s "frontend=$FRONTEND_PID" -s "mcu-im=$MCU_IM_PID" -s "database=$DATABASE_PID"; }

parley_stop()
{
	[ ! -e "$LAB" ] || "$ROOT/deploy/lab" down --dir "$LAB" >"$LOGS/lab-down.log" 2>&1 || true
	FRONTEND_PID=
}

parley_end()
{
	[ ! -e "$LAB" ] || "$ROOT/deploy/lab" down --dir "$LAB" --purge >"$LOGS/lab-down.log" 2>&1 || true
	FRONTEND_PID=
}
