# deploy/lab down: stops what up started, by pid.

lab_down()
{
	[ $# -eq 0 ] || wrong_usage "down takes no further word"
	if ! lab_exists; then
		echo "there is no lab in $DIR"
		return
	fi
	lock_lab
	load_lab
	stop_everything
	if [ -n "$purge" ]; then
		case $PG_HOME in /var/tmp/parley-lab.*) rm -rf "$PG_HOME" ;; esac
		rm -rf "$DIR"
		echo "stopped; $DIR is removed"
	else
		echo "stopped; deploy/lab up starts it again with its users and data"
	fi
}
