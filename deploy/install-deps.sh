#!/bin/bash
# Installs the Debian packages that Parley needs. May be run again at any time.
#
#   deploy/install-deps.sh [--if-missing | --check | --list] [GROUP...]
#
# Groups: build (compile and run), lab (a lab on this host), test (the end-to-end suite), bench (the
# peers of `make bench`). Without a group: build and lab. --if-missing says nothing when all is
# there; --check installs nothing and exits 1 when something is missing; --list prints the names.
# Exit: 0 done, 1 something is missing and could not be installed, 2 wrong usage.
set -euo pipefail
export LC_ALL=C

build="build-essential make pkg-config libsofia-sip-ua-dev libevent-dev libssl-dev libpq-dev libc-ares-dev
	libxml2-dev libkrb5-dev libpcre2-dev libcmocka-dev libsystemd-dev"
lab="postgresql postgresql-client openssl python3"
test="$lab clang clang-format clang-tidy libclang-rt-14-dev python3-pytest krb5-kdc krb5-admin-server
	krb5-user pidgin-sipe libpurple-dev sip-tester baresip-core linphone-cli valgrind iproute2 util-linux mandoc"
bench="$lab kamailio kamailio-postgres-modules kamailio-tls-modules kamailio-presence-modules prosody ejabberd
	iproute2"

mode=install
wanted=
for word in "$@"; do
	case $word in
	--if-missing) mode=if-missing ;;
	--check) mode=check ;;
	--list) mode=list ;;
	build | lab | test | bench) wanted+=" ${!word}" ;;
	*)
		echo "install-deps: unknown word '$word'; groups are build, lab, test, bench" >&2
		exit 2
		;;
	esac
done
packages=$(printf '%s\n' ${wanted:-$build $lab} | sort -u)

if [ $mode = list ]; then
	echo "$packages"
	exit 0
fi
if ! command -v dpkg-query >/dev/null; then
	[ $mode = if-missing ] && exit 0 # another distribution: the compiler will say what is missing
	echo "install-deps: this is no Debian host; needed are packages like these:" $packages >&2
	exit 1
fi

# Prints the packages of which no installed version is known, one query for all of them.
missing()
{
	local have
	have=$(dpkg-query -W -f '${db:Status-Status} ${Package}\n' $packages 2>/dev/null |
		sed -n 's/^installed //p' | sort -u)
	comm -23 <(echo "$packages") <(echo "$have")
}

lacking=$(missing)
if [ -z "$lacking" ]; then
	[ $mode = if-missing ] || echo "install-deps: nothing to do, $(echo "$packages" | wc -l) packages are there"
	exit 0
fi
lacking=$(echo $lacking)
if [ $mode = check ]; then
	echo "missing: $lacking"
	exit 1
fi

as_root=
if [ "$(id -u)" -ne 0 ]; then
	as_root="sudo"
	[ -t 0 ] || as_root="sudo -n"
	if ! command -v sudo >/dev/null || ! $as_root true; then
		cat >&2 <<-END
			error: packages are missing and this user may not install them
			  missing: $lacking
			  next:    as root: apt-get update && apt-get install --no-install-recommends $lacking
		END
		exit 1
	fi
fi

# Fresh packages must not start daemons on this host: nobody asked for a PostgreSQL or a KDC on their
# usual ports. A policy that was there before comes back afterwards.
policy=/usr/sbin/policy-rc.d
saved=
forbid_start()
{
	if [ -e $policy ]; then
		saved=$policy.before-parley
		$as_root mv $policy $saved
	fi
	printf '#!/bin/sh\nexit 101\n' | $as_root tee $policy >/dev/null
	$as_root chmod 755 $policy
}
allow_start()
{
	$as_root rm -f $policy
	if [ -n "$saved" ]; then
		$as_root mv $saved $policy
	fi
}

log=$(mktemp)
apt()
{
	$as_root env DEBIAN_FRONTEND=noninteractive apt-get -q -y -o DPkg::Lock::Timeout=300 \
		-o Dpkg::Use-Pty=0 "$@" </dev/null >"$log" 2>&1
}
fail()
{
	tail -15 "$log" >&2
	cat >&2 <<-END
		error: cannot install the packages that Parley needs
		  missing: $(echo $(missing))
		  because: $1 (apt's last words are above)
		  next:    repair apt's sources or network, then run: deploy/install-deps.sh
	END
	exit 1
}

started=$SECONDS
echo "installing $(echo $lacking | wc -w) packages: $lacking"
forbid_start
trap 'allow_start; rm -f "$log"' EXIT
trap 'exit 130' INT TERM
if ! apt install --no-install-recommends $lacking; then
	echo "reading the package lists (apt-get update)"
	apt update || fail "apt-get update failed"
	apt install --no-install-recommends $lacking || fail "apt-get install failed"
fi
[ -z "$(missing)" ] || fail "apt-get was content, yet packages are missing"
echo "installed in $((SECONDS - started)) s; no service was started"
