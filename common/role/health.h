/* The health page of a role, GET over plain HTTP on loopback:
 *   /livez    200 while the loop turns
 *   /readyz   200 when the role has started, does not drain and every dependency is well, else 503;
 *             JSON lists each with state and last success
 *   /metrics  Prometheus text of base/counter.h
 * Rank 4. */
#ifndef PLY_ROLE_HEALTH_H
#define PLY_ROLE_HEALTH_H

#include "base/ply.h"
#include "base/strbuf.h"

struct ply_loop;
struct ply_health;

struct ply_health_state {
	bool ok;
	const char *text; /* "2 of 2 connections", "connection refused". LENT until the next turn */
	uint64_t last_ok_ms; /* wall clock of the last success; 0: never, or not known */
};

/* `listen` "127.0.0.1:9401"; NULL: registered dependencies only, no page. GIVES *out. */
int ply_health_open(struct ply_health **out, struct ply_loop *loop, const char *role,
		    const char *listen);
void ply_health_close(struct ply_health *h); /* NULL is fine */
/* LENDS name. fn is called for every /readyz and must be quick. 0 or -ENOMEM. */
int ply_health_add(struct ply_health *h, const char *name,
		   void (*fn)(void *ctx, struct ply_health_state *out), void *ctx);
/* Called before /metrics is printed: to set gauges. 0 or -ENOMEM. */
int ply_health_on_metrics(struct ply_health *h, void (*fn)(void *ctx), void *ctx);
/* What the role says of itself. */
void ply_health_set_started(struct ply_health *h, bool started);
void ply_health_set_draining(struct ply_health *h, bool draining);
bool ply_health_is_ready(const struct ply_health *h);
/* The JSON of /readyz. */
void ply_health_print(const struct ply_health *h, struct ply_strbuf *out);
/* Port that is listened on (for port 0); 0: none. */
uint16_t ply_health_port(const struct ply_health *h);

#endif
