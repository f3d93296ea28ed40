# deploy/lab logs: follows one role's log, or all.

lab_logs()
{
	local role files=()
	load_lab
	if [ $# -eq 0 ]; then
		for role in $(roles_of_topology); do files+=("$DIR/log/$role.log"); done
	else
		role=$(role_named "$1")
		files=("$DIR/log/$role.log")
		[ "$role" != database ] || files=("$PG_HOME/postgres.log")
	fi
	exec tail -n 40 -F "${files[@]}"
}
