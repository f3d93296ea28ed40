/* parley status: every role of this host, asked at its /readyz. */
#include "base/mem.h"
#include "deploy/parley/cli.h"
#include "net/addr.h"

#include <stdio.h>
#include <sys/socket.h>
#include <unistd.h>

enum { TIMEOUT_S = 3, MAX_ANSWER = 64 * 1024 };

/* The body of GET /readyz; the HTTP status, or 0 when nobody answers. */
static unsigned ask(const char *listen, struct ply_strbuf *body)
{
	static const char get[] = "GET /readyz HTTP/1.0\r\nHost: localhost\r\n\r\n";
	struct timeval limit = {.tv_sec = TIMEOUT_S};
	struct sockaddr_storage sa;
	struct ply_strbuf in = PLY_STRBUF_INIT;
	struct ply_addr addr;
	unsigned status = 0, len;
	char buf[4096];
	ssize_t n;
	size_t end;
	int fd;

	if (ply_addr_parse(&addr, ply_slice_str(listen), 0))
		return 0;
	len = ply_addr_to_sockaddr(&addr, &sa);
	fd = socket(sa.ss_family, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (fd < 0)
		return 0;
	(void)setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof limit);
	(void)setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &limit, sizeof limit);
	if (!connect(fd, (struct sockaddr *)&sa, len) &&
	    send(fd, get, sizeof get - 1, MSG_NOSIGNAL) > 0)
		while (in.len < MAX_ANSWER && (n = recv(fd, buf, sizeof buf, 0)) > 0)
			ply_strbuf_add(&in, buf, (size_t)n);
	(void)close(fd);
	if (ply_slice_starts(ply_strbuf_slice(&in), "HTTP/1.")) {
		uint32_t code;

		if (ply_slice_to_u32(ply_slice_sub(ply_strbuf_slice(&in), 9, 3), &code))
			status = code;
		end = ply_slice_find(ply_strbuf_slice(&in), "\r\n\r\n");
		if (end != SIZE_MAX)
			ply_strbuf_add_slice(body, ply_slice_from(ply_strbuf_slice(&in), end + 4));
	}
	ply_strbuf_deinit(&in);
	return status;
}

static int status_run(struct cli *c)
{
	static const struct cli_column col[] = {
		{"role", "ROLE"},
		{"state", "STATE"},
		{"address", "ASKED AT"},
		{"detail", "DETAIL"},
	};
	struct cli_table *t;
	int code = CLI_OK;
	unsigned seen = 0;

	if (c->argc)
		return cli_errorf(CLI_USAGE, "PRL-CLI-004", NULL, "usage: parley status");
	if (cli_table_begin(&t, c, col, ARRAY_LEN(col)))
		return CLI_REFUSED;
	for (const char *const *role = ply_role_names; *role; role++) {
		struct ply_strbuf body = PLY_STRBUF_INIT;
		char *listen = cli_setting(c, *role, "metrics_listen");
		unsigned http = listen ? ask(listen, &body) : 0;
		char *detail = ply_slice_dup(ply_slice_trim(ply_strbuf_slice(&body)));

		for (char *p = detail; p && *p; p++)
			*p = (char)(*p == '\n' ? ' ' : *p);
		if (listen) {
			seen++;
			cli_table_row(t, (const char *const[]){*role,
							       http == 200 ? "ready"
							       : http      ? "not ready"
									   : "down",
							       listen, detail});
			if (http != 200)
				code = http ? CLI_REFUSED : CLI_UNREACHABLE;
		}
		ply_free(detail);
		ply_free(listen);
		ply_strbuf_deinit(&body);
	}
	cli_table_end(t);
	if (!seen)
		return cli_errorf(CLI_NOT_FOUND, "PRL-CONF-004", NULL,
				  "no role of this host has metrics_listen in %s", c->conf_path);
	return code;
}

/* clang-format off */
const struct cli_verb cli_status_verbs[] = {
	{ "status", "", "", "state of the roles on this host; exit code 0 only when all are ready",
	  "  parley status\n  parley status --json", status_run },
	{ 0 },
};
/* clang-format on */
