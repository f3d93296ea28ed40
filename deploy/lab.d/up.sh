# deploy/lab up: from nothing, or from where an earlier try stopped, to a lab that is ready.

lab_up()
{
	[ $# -le 1 ] || wrong_usage "up takes one topology"
	case ${1:-standard} in
	standard) ;;
	*) fail "topology '$1' is not there" "this version knows: standard" "deploy/lab up standard" ;;
	esac
	[[ ${opt_base_port:-1024} =~ ^[0-9]+$ && ${opt_base_port:-1024} -ge 1024 && ${opt_base_port:-1024} -le 65496 ]] ||
		wrong_usage "--base-port takes a number from 1024 to 65496"
	[[ ${opt_bench_users:-0} =~ ^[0-9]+$ ]] || wrong_usage "--bench-users takes a number"
	[[ ${opt_domain:-lab.example} =~ ^[A-Za-z0-9]([A-Za-z0-9.-]*[A-Za-z0-9])?$ ]] ||
		wrong_usage "--domain takes a domain name"

	mkdir -p "$DIR"/{log,run,state,conf.d}
	DIR=$(cd "$DIR" && pwd -P)
	lock_lab
	if lab_exists; then
		load_lab
		same_as_asked
		if all_ready; then
			[ -z "$opt_bench_users" ] || add_bench_users "$opt_bench_users"
			echo "the lab in $DIR is running: $(roles_of_topology) (deploy/lab status, deploy/lab down)"
			return
		fi
	fi
	check_host
	bring_up_database
	bring_up_certificates
	bring_up_roles
	bring_up_users
}

# A lab keeps its domain; its ports may move while nothing of it runs.
same_as_asked()
{
	[ "${opt_domain:-$DOMAIN}" = "$DOMAIN" ] || fail "the lab in $DIR has domain $DOMAIN, not $opt_domain" \
		"a lab keeps its domain" "deploy/lab down --purge --dir $DIR, or another --dir"
	[ "${opt_base_port:-$BASE_PORT}" != "$BASE_PORT" ] || return 0
	if pid_of database >/dev/null || pid_of frontend >/dev/null || pid_of mcu-im >/dev/null; then
		fail "the lab in $DIR runs on other ports (base ${BASE_PORT:-5060})" "ports move only while it is down" \
			"deploy/lab down --dir $DIR, or another --dir"
	fi
	BASE_PORT=$opt_base_port
}

check_host()
{
	local role program busy ports=()
	step 1 "checking this host"
	build_if_needed
	for program in parley parley-frontend parley-mcu-im; do
		exe "$program" >/dev/null || fail "there is no $program" "nothing of that name in ${PARLEY_BUILD:-build/release}" "make"
	done
	[ -x "$PG_BIN/initdb" ] || fail "PostgreSQL is not installed" "no /usr/lib/postgresql/*/bin/initdb" \
		"deploy/install-deps.sh lab"
	[ "$(id -u)" -ne 0 ] || id postgres >/dev/null 2>&1 || fail "PostgreSQL cannot run as root" \
		"there is no user postgres" "deploy/install-deps.sh lab, or run deploy/lab as another user"

	: "${TOPOLOGY:=standard}" "${BASE_PORT:=$opt_base_port}" "${DOMAIN:=${opt_domain:-lab.example}}"
	: "${NTLM_DOMAIN:=$(echo "${DOMAIN%%.*}" | tr a-z A-Z)}" "${POOL_FQDN:=pool.$DOMAIN}"
	: "${DEMO_PASSWORD:=$(random_word 8)}" "${DB_PASSWORD:=$(random_word 16)}"
	[ -n "${PG_HOME:-}" ] || choose_pg_home
	save_lab
	load_lab

	pid_of database >/dev/null || ports+=("$(port database)")
	pid_of frontend >/dev/null ||
		ports+=("$(port sip)" "$(port sip-tls)" "$(port c3p)" "$(port metrics-frontend)")
	pid_of mcu-im >/dev/null || ports+=("$(port mcu-im-sip)" "$(port mcu-im-c3p)" "$(port metrics-mcu-im)")
	busy=$(busy_ports "${ports[@]}")
	[ -z "$busy" ] || fail "ports are taken: $(echo $busy)" "another program or lab listens on them" \
		"stop it, or: deploy/lab up --dir OTHER --base-port N"
	step_done
}

build_if_needed()
{
	[ -z "${PARLEY_BUILD:-}" ] && [ -f "$ROOT/Makefile" ] || return 0
	make -C "$ROOT" --no-print-directory all >"$DIR/log/build.log" 2>&1 || {
		echo "failed" && step_open=
		grep -E 'error|Error' "$DIR/log/build.log" | head -5 >&2
		fail "the build failed" "the lines above; all of it is in $DIR/log/build.log" "make"
	}
}

bring_up_database()
{
	local sql=()
	[ ! -d "$ROOT/deploy/sql" ] || sql=(--sql "$ROOT/deploy/sql")
	step 2 database
	database_made || make_database
	start_database
	write_config
	parley db init "${sql[@]}" >"$DIR/log/db-init.log" 2>&1 || fail "cannot create the databases" \
		"$(tail -3 "$DIR/log/db-init.log")" "repair that, then deploy/lab up again"
	step_done "rtc rtcconfig rtcdyn lcslog"
}

bring_up_certificates()
{
	step 3 certificates
	certificates_made || make_certificates
	step_done "lab CA, $(certificate_names | wc -w) names"
}

bring_up_roles()
{
	local role n=0 began=$SECONDS
	step 4 roles
	for role in $(roles_of_topology); do
		start_role "$role"
		n=$((n + 1))
	done
	step_done "$n of $n ready            $((SECONDS - began)) s"
}

bring_up_users()
{
	step 5 users
	add_demo_users
	[ -z "$opt_bench_users" ] || add_bench_users "$opt_bench_users"
	step_done "$DEMO_USERS"
}
