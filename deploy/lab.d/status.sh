# deploy/lab status: one line a role.

lab_status()
{
	local role pid health up code=0 out=()
	load_lab
	for role in $(roles_of_lab) database; do
		pid=$(pid_of "$role") || pid=
		health=$(health_of "$role")
		[ "$health" = ready ] || code=1
		up=0
		[ -z "$pid" ] || up=$(uptime_of "$pid")
		if [ -n "$json" ]; then
			out+=("$(printf '{"name":"%s","pid":%s,"health":"%s","listeners":[%s],"uptime":%d}' "$role" "${pid:-null}" \
				"$health" "$(listeners_of "$role" | sed 's/[^ ]*/"&"/g; s/ /,/g')" "$up")")
		else
			out+=("$(printf '%-10s %-8s %-10s %6s s  %s' "$role" "${pid:--}" "$health" "$up" "$(listeners_of "$role")")")
		fi
	done
	[ -n "$json" ] || printf '%-10s %-8s %-10s %8s  %s\n' role pid health uptime listeners
	printf '%s\n' "${out[@]}"
	exit $code
}
