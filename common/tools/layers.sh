#!/bin/sh
# Layer and third-party borders: a module of common includes modules of a lower rank and itself only, a role never
# another role, and each foreign library has its own corner. The programs in common/tools stand above all
# modules. Prints "file:line: ..." for each breach. Run from the root.
set -u

find common frontend access-edge av-edge webconf-edge mediation mcu-* archiving web-components web-access deploy/parley \
	\( -name '*.c' -o -name '*.h' \) -print0 2>/dev/null |
xargs -0 grep -nE '^[[:space:]]*#[[:space:]]*include' /dev/null |
awk -F: '
BEGIN {
	split("base 0 crypto 1 xml 1 net 2 auth 2 db 3 http 3 sip 3 media 3 presence 4 psom 4 sdp 4 topo 4 role 4 c3p 5 mcu 6 tools 9", w, " ")
	for (i = 1; i in w; i += 2) rank[w[i]] = w[i + 1]
	# library: header pattern, files that may include it
	n = 0
	border("libevent", "^event2?[/.]|^ev(ent|http|dns|util)[.]h", "^common/net/")
	border("OpenSSL", "^openssl/", "^common/crypto/|^common/net/d?tls[a-z_]*[.][ch]$")
	border("libpq", "^(libpq-fe|pg_config|postgres_ext)[.]h|^libpq/", "^common/db/")
	border("libxml2", "^libxml/", "^common/xml/|_xml[.]c$")
	border("Sofia-SIP", "^sofia-sip/", "^common/s(ip|dp)/")
	border("GSSAPI", "^gssapi|^krb5", "^common/auth/gss[a-z_]*[.]c$")
	border("c-ares", "^ares", "^common/net/dns[a-z_]*[.]c$")
	border("libsystemd", "^systemd/", "^common/role/")
	border("PCRE2", "^pcre2", "^common/base/regexrule[.]c$")
	border("media libraries", "^(srtp2|opus|spandsp|speex)[/.]", "^common/media/")
}
function border(name, header, files) { n++; lib[n] = name; hdr[n] = header; ok[n] = files }
function breach(text) { printf "%s:%s: %s\n", $1, $2, text; bad = 1 }
{
	line = $0
	sub(/^[^:]*:[^:]*:/, "", line)
	split(line, q, /[<">]/)
	inc = q[2]
	nd = split($1, dir, "/")
	split(inc, part, "/")
	own = dir[1] == "common" ? dir[2] : ""
	other = part[1]

	if (line ~ /</) {
		for (i = 1; i <= n; i++) {
			if (inc !~ hdr[i] || $1 ~ ok[i]) continue
			# roles may read sip_t
			if (lib[i] == "Sofia-SIP" && dir[1] != "common" && inc ~ /sip(_header|_protos)?[.]h$/) continue
			breach(lib[i] " (<" inc ">) is not for this file")
		}
		next
	}
	if (inc !~ /\//) { breach("include \"" inc "\" without its folder"); next }
	if (own != "") {
		if (!(own in rank)) { breach("module " own " has no rank in common/tools/layers.sh"); next }
		if (other == own) next
		if (!(other in rank)) breach("common must not include \"" inc "\"")
		else if (rank[other] + 0 >= rank[own] + 0)
			breach(own " (rank " rank[own] ") must not include " other " (rank " rank[other] ")")
	} else if (!(other in rank) && other != dir[1])
		breach(dir[1] " must not include \"" inc "\": roles share code through common only")
}
END { exit bad }'
