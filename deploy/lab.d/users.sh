# Demo users with a random password, and plain users for loads.

DEMO_USERS="alice bob carol dave erin frank"

import_users() # FILE
{
	parley user import "$1" >"$DIR/log/users.log" 2>&1 ||
		fail "cannot add the lab's users" "$(tail -3 "$DIR/log/users.log")" "repair that, then deploy/lab up again"
}

add_demo_users()
{
	local file=$DIR/users.csv name n=0
	[ -z "${USERS_DONE:-}" ] || return 0
	(
		umask 077
		echo "user,password,display-name,line-uri"
		for name in $DEMO_USERS; do
			n=$((n + 1))
			echo "$name@$DOMAIN,$DEMO_PASSWORD,${name^},tel:+1425555010$n"
		done
	) >"$file"
	chmod 600 "$file"
	import_users "$file"
	rm -f "$file"
	USERS_DONE=yes
	save_lab
}

add_bench_users() # COUNT
{
	local file=$DIR/bench.csv have=${BENCH_DONE:-0}
	[ "$1" -gt "$have" ] || return 0
	{
		echo "user,password"
		seq -f "u%.0f@$DOMAIN,secret" "$have" $(($1 - 1))
	} >"$file"
	import_users "$file"
	rm -f "$file"
	BENCH_DONE=$1
	save_lab
}
