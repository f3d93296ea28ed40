#include "base/err.h"
#include "base/mem.h"
#include "http/http_client_internal.h"

#include <errno.h>
#include <netdb.h>
#include <stdio.h>

/* "host", "host:port", "[v6]:port" */
static int split_authority(struct ply_slice a, struct ply_slice *host, uint16_t *port)
{
	size_t colon, end = 0;
	uint32_t n;

	if (a.len && a.p[0] == '[') {
		end = ply_slice_chr(a, ']');
		if (end == SIZE_MAX)
			return -EINVAL;
		*host = ply_slice(a.p + 1, end - 1);
		end++;
	}
	colon = ply_slice_chr(ply_slice_from(a, end), ':');
	if (!end)
		*host = ply_slice_sub(a, 0, colon);
	if (colon != SIZE_MAX) {
		if (!ply_slice_to_u32(ply_slice_from(a, end + colon + 1), &n) || !n || n > 65535)
			return -EINVAL;
		*port = (uint16_t)n;
	}
	return host->len ? 0 : -EINVAL;
}

static void add_addr(struct ply_http_client *c, struct ply_addr addr)
{
	if (!addr.port)
		addr.port = c->port;
	if (c->n_addrs < HTTP_MAX_ADDRS)
		c->addr[c->n_addrs++] = addr;
}

static int look_up_now(struct ply_http_client *c)
{
	const struct addrinfo hints = {.ai_socktype = SOCK_STREAM, .ai_flags = AI_ADDRCONFIG};
	struct addrinfo *list = NULL;

	if (getaddrinfo(c->host, NULL, &hints, &list))
		return ply_err_origin(-ENOENT);
	for (const struct addrinfo *a = list; a; a = a->ai_next) {
		struct ply_addr addr;

		if (ply_addr_from_sockaddr(&addr, a->ai_addr))
			continue;
		addr.port = c->port;
		add_addr(c, addr);
	}
	freeaddrinfo(list);
	return c->n_addrs ? 0 : ply_err_origin(-ENOENT);
}

static int find_addrs(struct ply_http_client *c)
{
	struct ply_addr addr;

	if (c->conf.connect_to.family) {
		add_addr(c, c->conf.connect_to);
		return 0;
	}
	if (!ply_addr_parse_ip(&addr, ply_slice_str(c->host), c->port)) {
		add_addr(c, addr);
		return 0;
	}
	return c->conf.dns ? 0 : look_up_now(c);
}

int http_client_set_url(struct ply_http_client *c, const char *url)
{
	struct ply_slice rest = ply_slice_str(url), host;

	c->is_tls = ply_slice_casestarts(rest, "https://");
	if (!c->is_tls && !ply_slice_casestarts(rest, "http://"))
		return ply_err_origin(-EINVAL);
	rest = ply_slice_from(rest, c->is_tls ? 8 : 7);
	rest = ply_slice_sub(rest, 0, ply_slice_chr(rest, '/'));
	c->port = c->is_tls ? 443 : 80;
	if (split_authority(rest, &host, &c->port) || (c->is_tls && !c->conf.tls))
		return ply_err_origin(-EINVAL);
	c->host = ply_slice_dup(host);
	c->authority = ply_slice_dup(rest);
	if (!c->host || !c->authority)
		return ply_err_origin(-ENOMEM);
	return find_addrs(c);
}

static void on_resolved(void *ctx, int status, const struct ply_dns_target *t, size_t n)
{
	struct ply_http_client *c = ctx;

	c->query = NULL;
	c->n_addrs = c->at = c->failed = 0;
	for (size_t i = 0; !status && i < n; i++) {
		struct ply_addr addr = t[i].addr;

		addr.port = c->port;
		add_addr(c, addr);
	}
	if (c->n_addrs) {
		http_client_kick(c);
		return;
	}
	(void)snprintf(c->why, sizeof c->why, "%s: %s", c->host,
		       status ? ply_err_text(status) : "no address");
	http_client_failed(c, status == -ENOENT ? -ENOENT : -ECONNREFUSED);
}

int http_client_resolve(struct ply_http_client *c)
{
	const struct ply_dns_ask ask = {
		.host = ply_slice_str(c->host),
		.port = c->port,
		.transport = c->is_tls ? PLY_TLS : PLY_TCP,
		.only_host = true,
	};

	return c->query ? 0 : ply_dns_resolve(c->conf.dns, &c->query, &ask, on_resolved, c);
}
