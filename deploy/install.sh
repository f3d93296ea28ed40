#!/bin/bash
# deploy/install.sh BUILD DESTDIR PREFIX: what `make install` copies, and where.
#
#   PREFIX/bin/parley            administration command
#   PREFIX/sbin/parley-ROLE      one executable a role
#   PREFIX/lib/libparley.so      for roles built apart
#   PREFIX/share/parley/sql      migrations, for parley db
#   PREFIX/share/parley/deploy   the lab and its parts
#   PREFIX/share/man, systemd    pages and units, as far as there are any
#   PREFIX/share/bash-completion  words of parley for bash
#   /etc/parley/parley.conf      every key with its default, commented out; never overwritten
set -euo pipefail
[ $# -eq 3 ] || { echo "usage: deploy/install.sh BUILD DESTDIR PREFIX" >&2; exit 2; }
build=$1 dest=$2 prefix=$3
root=$(cd "$(dirname "$0")/.." && pwd)
case $build in /*) ;; *) build=$root/$build ;; esac

put() { install -D -m "$1" "$2" "$dest$3"; } # MODE FILE TO

put 755 "$build/libparley.so" "$prefix/lib/libparley.so"
[ ! -x "$build/parley" ] || put 755 "$build/parley" "$prefix/bin/parley"
for program in "$build"/parley-*; do
	if [ -f "$program" ] && [ -x "$program" ]; then
		put 755 "$program" "$prefix/sbin/${program##*/}"
	fi
done
(cd "$root/deploy" && find sql -name '*.sql' -type f) | while read -r file; do
	put 644 "$root/deploy/$file" "$prefix/share/parley/$file"
done
put 755 "$root/deploy/lab" "$prefix/share/parley/deploy/lab"
for file in "$root"/deploy/lab.d/*.sh "$root"/deploy/lab.d/*.py; do
	put 644 "$file" "$prefix/share/parley/deploy/lab.d/${file##*/}"
done
for page in "$build"/man/*.[1578]; do
	[ ! -f "$page" ] || put 644 "$page" "$prefix/share/man/man${page##*.}/${page##*/}"
done
put 644 "$root/deploy/parley/parley.bash-completion" "$prefix/share/bash-completion/completions/parley"
for unit in "$root"/deploy/systemd/*.service; do
	name=${unit##*/}
	[ ! -x "$build/${name%.service}" ] || put 644 "$unit" "/lib/systemd/system/$name"
done
put 644 "$root/deploy/systemd/parley.sysusers" /usr/lib/sysusers.d/parley.conf

# Every key of every role that was built, with default and meaning; an edited file is left alone.
example=$(mktemp)
trap 'rm -f "$example"' EXIT
for program in "$build"/parley-*; do
	if [ -f "$program" ] && [ -x "$program" ]; then
		"$program" --help-config >>"$example"
	fi
done
put 644 "$example" "$prefix/share/parley/parley.conf.example"
[ -e "$dest/etc/parley/parley.conf" ] || put 640 "$example" /etc/parley/parley.conf
echo "installed in $dest$prefix"
