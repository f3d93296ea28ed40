# deploy/lab kill: ends one process, as a failure would. It waits until the process is gone.

lab_kill()
{
	local role pid
	[ $# -eq 1 ] || wrong_usage "kill takes one role"
	load_lab
	role=$(role_named "$1")
	pid=$(pid_of "$role") || fail "$role does not run" "it was stopped or has ended" "deploy/lab start $role"
	if [ "$role" = database ] && [ "$signal" = TERM ]; then
		stop_database fast
	else
		stop_process "$role" "$signal"
	fi
	echo "$role (pid $pid) is gone"
}
