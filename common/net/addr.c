#include "net/addr.h"

#include "base/hash.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <stdio.h>
#include <string.h>

/* RFC 4291 §2.5.5.2: one peer, one value, whichever socket it came by. */
static void set_v6(struct ply_addr *a, const uint8_t ip[16])
{
	static const uint8_t mapped[12] = {[10] = 0xff, [11] = 0xff};

	if (memcmp(ip, mapped, sizeof mapped) == 0) {
		a->family = 4;
		memcpy(a->ip, ip + 12, 4);
		return;
	}
	a->family = 6;
	memcpy(a->ip, ip, 16);
}

int ply_addr_parse_ip(struct ply_addr *out, struct ply_slice s, uint16_t port)
{
	char text[INET6_ADDRSTRLEN];
	struct ply_addr a = {.port = port};
	uint8_t ip[16];

	if (s.len >= 2 && s.p[0] == '[' && s.p[s.len - 1] == ']') {
		s = ply_slice_sub(s, 1, s.len - 2);
		if (ply_slice_chr(s, ':') == SIZE_MAX)
			return -EINVAL;
	}
	if (!s.len || memchr(s.p, '\0', s.len) || !ply_slice_copy(s, text, sizeof text))
		return -EINVAL;
	if (inet_pton(AF_INET, text, ip) == 1) {
		a.family = 4;
		memcpy(a.ip, ip, 4);
	} else if (inet_pton(AF_INET6, text, ip) == 1) {
		set_v6(&a, ip);
	} else {
		return -EINVAL;
	}
	*out = a;
	return 0;
}

int ply_addr_parse(struct ply_addr *out, struct ply_slice s, uint16_t def_port)
{
	struct ply_slice host = s, port = {NULL, 0};
	uint32_t n = def_port;
	size_t at;

	if (s.len && s.p[0] == '[') {
		at = ply_slice_chr(s, ']');
		if (at == SIZE_MAX)
			return -EINVAL;
		host = ply_slice_sub(s, 0, at + 1);
		port = ply_slice_from(s, at + 1);
		if (port.len && port.p[0] != ':')
			return -EINVAL;
		if (port.len)
			port = ply_slice_from(port, 1);
		else
			port.p = NULL;
	} else if ((at = ply_slice_chr(s, ':')) != SIZE_MAX) {
		host = ply_slice_sub(s, 0, at);
		port = ply_slice_from(s, at + 1);
		if (ply_slice_chr(port, ':') != SIZE_MAX)
			return -EINVAL; /* IPv6 takes brackets where a port may follow */
	}
	if (port.p && (!ply_slice_to_u32(port, &n) || n > UINT16_MAX))
		return -EINVAL;
	return ply_addr_parse_ip(out, host, (uint16_t)n);
}

char *ply_addr_format_ip(const struct ply_addr *a, char out[PLY_ADDR_MAX])
{
	if (!a->family || !inet_ntop(a->family == 4 ? AF_INET : AF_INET6, a->ip, out, PLY_ADDR_MAX))
		(void)snprintf(out, PLY_ADDR_MAX, "none");
	return out;
}

char *ply_addr_format(const struct ply_addr *a, char out[PLY_ADDR_MAX])
{
	char ip[PLY_ADDR_MAX];

	ply_addr_format_ip(a, ip);
	if (!a->family)
		(void)snprintf(out, PLY_ADDR_MAX, "none");
	else
		(void)snprintf(out, PLY_ADDR_MAX, a->family == 6 ? "[%.45s]:%u" : "%.45s:%u", ip,
			       a->port);
	return out;
}

bool ply_addr_eq_ip(const struct ply_addr *a, const struct ply_addr *b)
{
	return a->family == b->family && memcmp(a->ip, b->ip, a->family == 4 ? 4 : 16) == 0;
}

bool ply_addr_eq(const struct ply_addr *a, const struct ply_addr *b)
{
	return a->port == b->port && ply_addr_eq_ip(a, b);
}

uint64_t ply_addr_hash(const struct ply_addr *a)
{
	uint8_t key[19];

	memcpy(key, a->ip, 16);
	key[16] = a->family;
	key[17] = (uint8_t)(a->port >> 8);
	key[18] = (uint8_t)a->port;
	return ply_hash_bytes(key, sizeof key);
}

static bool all_zero(const uint8_t *p, size_t n)
{
	while (n && !*p)
		p++, n--;
	return n == 0;
}

bool ply_addr_is_loopback(const struct ply_addr *a)
{
	if (a->family == 4)
		return a->ip[0] == 127;
	return a->family == 6 && all_zero(a->ip, 15) && a->ip[15] == 1;
}

bool ply_addr_is_any(const struct ply_addr *a)
{
	return a->family && all_zero(a->ip, a->family == 4 ? 4 : 16);
}

bool ply_addr_is_private(const struct ply_addr *a)
{
	if (a->family == 4)
		return a->ip[0] == 10 || (a->ip[0] == 172 && (a->ip[1] & 0xf0) == 16) ||
		       (a->ip[0] == 192 && a->ip[1] == 168) || (a->ip[0] == 169 && a->ip[1] == 254);
	return a->family == 6 &&
	       ((a->ip[0] & 0xfe) == 0xfc || (a->ip[0] == 0xfe && (a->ip[1] & 0xc0) == 0x80));
}

struct ply_addr ply_addr_loopback(uint16_t port)
{
	return (struct ply_addr){.ip = {127, 0, 0, 1}, .port = port, .family = 4};
}

int ply_addr_from_sockaddr(struct ply_addr *out, const struct sockaddr *sa)
{
	struct ply_addr a = {.family = 0};

	if (sa->sa_family == AF_INET) {
		struct sockaddr_in in;

		memcpy(&in, sa, sizeof in);
		a.family = 4;
		a.port = ntohs(in.sin_port);
		memcpy(a.ip, &in.sin_addr, 4);
	} else if (sa->sa_family == AF_INET6) {
		struct sockaddr_in6 in;

		memcpy(&in, sa, sizeof in);
		a.port = ntohs(in.sin6_port);
		set_v6(&a, in.sin6_addr.s6_addr);
	} else {
		return -EAFNOSUPPORT;
	}
	*out = a;
	return 0;
}

unsigned ply_addr_to_sockaddr(const struct ply_addr *a, struct sockaddr_storage *out)
{
	if (a->family == 4) {
		struct sockaddr_in in = {.sin_family = AF_INET, .sin_port = htons(a->port)};

		memcpy(&in.sin_addr, a->ip, 4);
		memcpy(out, &in, sizeof in);
		return sizeof in;
	}
	if (a->family == 6) {
		struct sockaddr_in6 in = {.sin6_family = AF_INET6, .sin6_port = htons(a->port)};

		memcpy(&in.sin6_addr, a->ip, 16);
		memcpy(out, &in, sizeof in);
		return sizeof in;
	}
	return 0;
}

const char *ply_transport_name(enum ply_transport t)
{
	switch (t) {
	case PLY_UDP:
		return "UDP";
	case PLY_TCP:
		return "TCP";
	case PLY_TLS:
		return "TLS";
	case PLY_ANY_TRANSPORT:
		break;
	}
	return "";
}
