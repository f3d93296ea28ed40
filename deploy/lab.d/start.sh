# deploy/lab start: starts one process of the lab and waits until it is ready.

lab_start()
{
	local role
	[ $# -eq 1 ] || wrong_usage "start takes one role"
	load_lab
	lock_lab
	role=$(role_named "$1")
	start_role "$role"
	echo "$role is ready (pid $(pid_of "$role"))"
}
