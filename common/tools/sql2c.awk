# "-- name: x" opens a statement; other comment and empty lines are dropped. Prints the enum ply_<name>_query and a
# table of { name, text }. -v name=rtc_user
function close_block() { if (open) printf "},\n"; open = 0 }
/^-- name: / { n++; names[n] = $3; cur = n; next }
/^[ \t]*--/ || /^[ \t]*$/ { next }
{ gsub(/\\/, "\\\\"); gsub(/"/, "\\\""); text[cur] = text[cur] "\t\t\"" $0 "\\n\"\n" }
END {
	printf "/* Made from %s.sql by sql2c.awk. */\n#include \"db/db.h\"\n\n", name
	printf "enum ply_%s_query {\n", name
	for (i = 1; i <= n; i++) printf "\tQ_%s,\n", toupper(names[i])
	printf "\tQ_N_%s\n};\n\n", toupper(name)
	printf "static const struct ply_db_stmt ply_%s_stmt[] = {\n", name
	for (i = 1; i <= n; i++) printf "\t{ \"%s_%s\",\n%s\t},\n", name, names[i], text[i]
	printf "};\n"
}
