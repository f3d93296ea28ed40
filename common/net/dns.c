#include "net/dns.h"

#include "base/clock.h"
#include "base/counter.h"
#include "base/err.h"
#include "base/mem.h"
#include "net/dns_cache.h"
#include "net/dns_hosts.h"
#include "net/dns_select.h"

#include <ares.h>
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <strings.h>
#include <sys/random.h>
#include <threads.h>
#include <unistd.h>

enum {
	DEF_TIMEOUT_MS = 5000,
	DEF_CACHE = 4096,
	TRY_MS = 1000, /* before another server or the same one again */
	TRIES = 3,
	NEGATIVE_S = 30,   /* how long "no such name" is believed */
	MAX_TTL_S = 86400, /* however long a server wants */
	MAX_QUERIES = 10000,
	HOSTS_MAX = 4 << 20,
};

PLY_COUNTER(n_lookups, "parley_dns_lookups_total", "Look-ups sent to name servers.");
PLY_COUNTER(n_timeouts, "parley_dns_timeouts_total", "Questions not answered in time.");

struct ply_dns {
	struct ply_loop *loop;
	struct ply_dns_conf conf;
	char *hosts_path;
	struct ply_dns_hosts *hosts; /* NULL: no file */
	struct ply_dns_cache cache;
	ares_channel channel;
	struct ply_timer timer;  /* c-ares's own */
	struct ply_list sockets; /* struct sock */
	struct ply_list queries;
	struct ply_hash lookups; /* on their way */
	size_t n_queries;
	bool closing;
};

struct sock {
	struct ply_list node;
	struct ply_watch watch;
	struct ply_dns *dns;
};

/* One name of one type on its way; several queries may wait for it. */
struct lookup {
	struct ply_hnode node;
	struct ply_list waits;
	struct ply_dns *dns;
	enum ply_dns_type type;
	char name[];
};

struct wait {
	struct ply_list of_lookup, of_query;
	struct lookup *lookup;
	struct ply_dns_query *query;
};

struct held {
	struct ply_dns_kept *kept;
};

struct ply_dns_query {
	struct ply_list node, waits;
	struct ply_dns *dns;
	struct ply_defer run;
	struct ply_timer timeout;
	struct ply_dns_ask ask;
	char *host, *srv; /* what ask points at */
	ply_dns_fn *fn;
	void *ctx;
	int err;           /* memory ran out while asking */
	struct held *held; /* answers this query has used: they stay until it is done */
	size_t n_held;
};

static uint32_t system_random(void *ctx, uint32_t bound)
{
	uint32_t v = 0;

	(void)ctx;
	(void)!getrandom(&v, sizeof v, GRND_NONBLOCK);
	return bound ? v % bound : 0; /* the bias is below 2^-15 for weights of 16 bits */
}

static void on_timer(void *ctx);

static void arm(struct ply_dns *dns)
{
	struct timeval tv;

	if (!ares_timeout(dns->channel, NULL, &tv)) {
		ply_timer_stop(&dns->timer);
		return;
	}
	ply_timer_start(dns->loop, &dns->timer,
			(uint64_t)tv.tv_sec * 1000 + (uint64_t)tv.tv_usec / 1000 + 1, on_timer,
			dns);
}

static void process(struct ply_dns *dns, ares_socket_t rd, ares_socket_t wr)
{
	ares_process_fd(dns->channel, rd, wr);
	arm(dns);
}

static void on_timer(void *ctx)
{
	process(ctx, ARES_SOCKET_BAD, ARES_SOCKET_BAD);
}

static void on_socket(void *ctx, unsigned ready)
{
	struct sock *s = ctx;
	int fd = s->watch.fd;

	process(s->dns, ready & PLY_READ ? fd : ARES_SOCKET_BAD,
		ready & PLY_WRITE ? fd : ARES_SOCKET_BAD);
}

static struct sock *sock_of(struct ply_dns *dns, int fd)
{
	PLY_LIST_FOR(it, &dns->sockets) {
		struct sock *s = container_of(it, struct sock, node);

		if (s->watch.fd == fd)
			return s;
	}
	return NULL;
}

/* Without memory the socket is not watched and the look-up times out. */
static void on_socket_state(void *data, ares_socket_t fd, int rd, int wr)
{
	struct ply_dns *dns = data;
	struct sock *s = sock_of(dns, fd);
	unsigned want = (rd ? PLY_READ : 0U) | (wr ? PLY_WRITE : 0U);

	if (!want && s) {
		ply_watch_stop(&s->watch);
		ply_list_del(&s->node);
		ply_free(s);
		return;
	}
	if (want && s) {
		(void)ply_watch_want(&s->watch, want);
		return;
	}
	s = want ? ply_calloc(1, sizeof *s) : NULL;
	if (!s)
		return;
	s->dns = dns;
	if (ply_watch_start(dns->loop, &s->watch, fd, want, on_socket, s)) {
		ply_free(s);
		return;
	}
	ply_list_push(&dns->sockets, &s->node);
}

static int open_channel(struct ply_dns *dns)
{
	struct ares_options opt = {
		.flags = ARES_FLAG_NOSEARCH | ARES_FLAG_NOALIASES,
		.timeout = TRY_MS,
		.tries = TRIES,
		.sock_state_cb = on_socket_state,
		.sock_state_cb_data = dns,
	};
	int mask = ARES_OPT_FLAGS | ARES_OPT_TIMEOUTMS | ARES_OPT_TRIES | ARES_OPT_SOCK_STATE_CB;

	if (ares_init_options(&dns->channel, &opt, mask) != ARES_SUCCESS) {
		dns->channel = NULL;
		return ply_err_origin(-EIO);
	}
	if (dns->conf.servers &&
	    ares_set_servers_ports_csv(dns->channel, dns->conf.servers) != ARES_SUCCESS)
		return ply_err_origin(-EINVAL);
	return 0;
}

static void run(void *ctx);

static void hold(struct ply_dns_query *q, struct ply_dns_kept *k)
{
	struct held *grown = ply_realloc(q->held, (q->n_held + 1) * sizeof *grown);

	if (!grown) {
		q->err = -ENOMEM;
		return;
	}
	q->held = grown;
	q->held[q->n_held++].kept = ply_dns_kept_ref(k);
}

static void drop_wait(struct wait *w)
{
	ply_list_del(&w->of_lookup);
	ply_list_del(&w->of_query);
	ply_free(w);
}

static void lookup_done(struct lookup *l, const struct ply_dns_reply *reply)
{
	struct ply_dns *dns = l->dns;
	struct ply_dns_kept *k = ply_dns_kept_new(l->type, l->name, reply);
	uint64_t ttl = reply->status == -ENOENT ? NEGATIVE_S : reply->ttl;
	struct ply_list *n;

	if (k && ttl && (!reply->status || reply->status == -ENOENT))
		ply_dns_cache_put(&dns->cache, k,
				  ply_mono_ms() + (ttl < MAX_TTL_S ? ttl : MAX_TTL_S) * 1000);
	while ((n = ply_list_first(&l->waits)) != NULL) {
		struct wait *w = container_of(n, struct wait, of_lookup);
		struct ply_dns_query *q = w->query;

		if (k)
			hold(q, k);
		else
			q->err = -ENOMEM;
		drop_wait(w);
		ply_defer_start(dns->loop, &q->run, run, q);
	}
	ply_dns_kept_unref(k);
}

static int status_of(int ares)
{
	switch (ares) {
	case ARES_ENODATA:
	case ARES_ENOTFOUND:
		return -ENOENT;
	case ARES_ETIMEOUT:
		return -ETIMEDOUT;
	case ARES_ENOMEM:
		return -ENOMEM;
	default:
		return -EIO;
	}
}

static void on_answer(void *arg, int status, int timeouts, unsigned char *p, int len)
{
	struct lookup *l = arg;
	struct ply_dns_reply reply;

	(void)timeouts;
	ply_hash_del(&l->dns->lookups, &l->node);
	if (!l->dns->closing) {
		reply.n = reply.used = 0;
		reply.ttl = 0;
		if (status == ARES_SUCCESS)
			(void)ply_dns_decode(&reply, l->type, p, (size_t)len);
		else
			reply.status = status_of(status);
		lookup_done(l, &reply);
	}
	ply_free(l);
}

static struct lookup *lookup_of(struct ply_dns *dns, enum ply_dns_type type, const char *name,
				bool *is_new)
{
	uint64_t key = ply_dns_key(type, name);
	struct lookup *l;

	for (struct ply_hnode *n = ply_hash_first(&dns->lookups, key); n; n = ply_hash_next(n)) {
		l = container_of(n, struct lookup, node);
		if (l->type == type && strcasecmp(l->name, name) == 0)
			return l;
	}
	l = ply_calloc(1, sizeof *l + strlen(name) + 1);
	if (!l)
		return NULL;
	l->dns = dns;
	l->type = type;
	memcpy(l->name, name, strlen(name));
	ply_list_init(&l->waits);
	if (ply_hash_add(&dns->lookups, &l->node, key)) {
		ply_free(l);
		return NULL;
	}
	*is_new = true;
	return l;
}

static int wait_for(struct ply_dns_query *q, enum ply_dns_type type, const char *name)
{
	struct ply_dns *dns = q->dns;
	bool is_new = false;
	struct wait *w;
	struct lookup *l;

	PLY_LIST_FOR(it, &q->waits) {
		w = container_of(it, struct wait, of_query);
		if (w->lookup->type == type && strcasecmp(w->lookup->name, name) == 0)
			return 0;
	}
	w = ply_calloc(1, sizeof *w);
	l = w ? lookup_of(dns, type, name, &is_new) : NULL;
	if (!l) {
		ply_free(w);
		return ply_err_origin(-ENOMEM);
	}
	w->lookup = l;
	w->query = q;
	ply_list_push(&l->waits, &w->of_lookup);
	ply_list_push(&q->waits, &w->of_query);
	if (is_new) {
		ply_counter_inc(&n_lookups);
		/* May answer at once; then l is gone and q runs again at the end of the turn. */
		ares_query(dns->channel, name, 1, (int)type, on_answer, l);
		arm(dns);
	}
	return 0;
}

/* For ply_dns_select: what q holds already, then the hosts file, the cache, the servers. */
static const struct ply_dns_answer *get(void *ctx, enum ply_dns_type type, const char *name)
{
	struct ply_dns_query *q = ctx;
	struct ply_dns_reply reply;
	struct ply_dns_kept *k;

	for (size_t i = 0; i < q->n_held; i++)
		if (ply_dns_kept_is(q->held[i].kept, type, name))
			return &q->held[i].kept->answer;
	if (q->dns->hosts && ply_dns_hosts_find(q->dns->hosts, type, name, &reply)) {
		k = ply_dns_kept_new(type, name, &reply);
	} else {
		k = ply_dns_cache_get(&q->dns->cache, type, name, ply_mono_ms());
		if (!k) {
			if (wait_for(q, type, name))
				q->err = -ENOMEM;
			return NULL;
		}
		ply_dns_kept_ref(k);
	}
	if (k)
		hold(q, k);
	else
		q->err = -ENOMEM;
	ply_dns_kept_unref(k);
	return q->err ? NULL : &k->answer;
}

/* Nothing calls or finds q any more. */
static void detach(struct ply_dns_query *q)
{
	struct ply_list *n;

	while ((n = ply_list_first(&q->waits)) != NULL)
		drop_wait(container_of(n, struct wait, of_query));
	ply_defer_stop(&q->run);
	ply_timer_stop(&q->timeout);
	ply_list_del(&q->node);
	q->dns->n_queries--;
}

static void release(struct ply_dns_query *q)
{
	for (size_t i = 0; i < q->n_held; i++)
		ply_dns_kept_unref(q->held[i].kept);
	ply_free(q->held);
	ply_free(q->host);
	ply_free(q->srv);
	ply_free(q);
}

/* The callback may free the resolver: it is not looked at afterwards. */
static void finish(struct ply_dns_query *q, int status, const struct ply_dns_plan *plan)
{
	detach(q);
	q->fn(q->ctx, status, status ? NULL : plan->target, status ? 0 : plan->n);
	release(q);
}

static void run(void *ctx)
{
	struct ply_dns_query *q = ctx;
	const struct ply_dns_conf *conf = &q->dns->conf;
	const struct ply_dns_source src = {get, conf->random, q, conf->random_ctx};
	struct ply_dns_plan plan;
	int r = ply_dns_select(&plan, &q->ask, &src);

	if (q->err)
		finish(q, q->err, NULL);
	else if (r != -EAGAIN)
		finish(q, r, &plan);
}

static void on_timeout(void *ctx)
{
	ply_counter_inc(&n_timeouts);
	finish(ctx, -ETIMEDOUT, NULL);
}

static bool usable(struct ply_slice name)
{
	return name.len && name.len < PLY_DNS_NAME_MAX - 16 && !memchr(name.p, '\0', name.len);
}

int ply_dns_resolve(struct ply_dns *dns, struct ply_dns_query **out, const struct ply_dns_ask *ask,
		    ply_dns_fn *fn, void *ctx)
{
	struct ply_dns_query *q;

	if (!usable(ask->srv.p ? ask->srv : ask->host))
		return -EINVAL;
	if (dns->n_queries == MAX_QUERIES)
		return -ENOBUFS;
	q = ply_calloc(1, sizeof *q);
	if (!q)
		return ply_err_origin(-ENOMEM);
	q->dns = dns;
	q->ask = *ask;
	q->fn = fn;
	q->ctx = ctx;
	ply_list_init(&q->waits);
	if (ask->srv.p)
		q->srv = ply_slice_dup(ask->srv);
	else
		q->host = ply_slice_dup(ask->host);
	if (!q->srv && !q->host) {
		release(q);
		return ply_err_origin(-ENOMEM);
	}
	q->ask.srv = ply_slice_str(q->srv);
	q->ask.host = ply_slice_str(q->host);
	ply_list_push(&dns->queries, &q->node);
	dns->n_queries++;
	ply_defer_start(dns->loop, &q->run, run, q);
	ply_timer_start(dns->loop, &q->timeout, dns->conf.timeout_ms, on_timeout, q);
	if (out)
		*out = q;
	return 0;
}

void ply_dns_cancel(struct ply_dns_query *q)
{
	if (!q)
		return;
	detach(q);
	release(q);
}

static int read_text(struct ply_strbuf *text, const char *path)
{
	char chunk[4096];
	ssize_t n = 0;
	int fd = open(path, O_RDONLY | O_CLOEXEC);

	if (fd < 0)
		return ply_err_origin(-errno);
	while (text->len < HOSTS_MAX && (n = read(fd, chunk, sizeof chunk)) > 0)
		ply_strbuf_add(text, chunk, (size_t)n);
	(void)close(fd);
	return n < 0 ? ply_err_origin(-EIO) : ply_strbuf_err(text);
}

/* The only reading of a file here: at the start and when an administrator asks for it. */
static int read_hosts(struct ply_dns *dns, struct ply_strbuf *err)
{
	struct ply_strbuf text = PLY_STRBUF_INIT, why = PLY_STRBUF_INIT;
	struct ply_dns_hosts *hosts = NULL;
	int r;

	if (!dns->hosts_path)
		return 0;
	r = read_text(&text, dns->hosts_path);
	if (!r)
		r = ply_dns_hosts_parse(&hosts, ply_strbuf_slice(&text), &why);
	if (!r) {
		ply_dns_hosts_free(dns->hosts);
		dns->hosts = hosts;
	} else if (err) {
		ply_strbuf_addf(err, "%s: %s", dns->hosts_path, why.len ? why.p : ply_err_text(r));
	}
	ply_strbuf_deinit(&text);
	ply_strbuf_deinit(&why);
	return r;
}

static once_flag ares_once = ONCE_FLAG_INIT;

static void init_ares(void)
{
	(void)ares_library_init(ARES_LIB_INIT_ALL);
}

int ply_dns_new(struct ply_dns **out, struct ply_loop *loop, const struct ply_dns_conf *conf,
		struct ply_strbuf *err)
{
	struct ply_dns *dns = ply_calloc(1, sizeof *dns);
	int r;

	if (!dns)
		return ply_err_origin(-ENOMEM);
	call_once(&ares_once, init_ares);
	dns->loop = loop;
	dns->conf = *conf;
	if (!dns->conf.timeout_ms)
		dns->conf.timeout_ms = DEF_TIMEOUT_MS;
	if (!dns->conf.random)
		dns->conf.random = system_random;
	ply_list_init(&dns->sockets);
	ply_list_init(&dns->queries);
	ply_hash_init(&dns->lookups);
	ply_dns_cache_init(&dns->cache, conf->max_cache ? conf->max_cache : DEF_CACHE);
	r = open_channel(dns);
	if (!r && conf->hosts_file) {
		dns->hosts_path = ply_strdup(conf->hosts_file);
		r = dns->hosts_path ? read_hosts(dns, err) : -ENOMEM;
	}
	dns->conf.servers = NULL; /* used up */
	if (r) {
		ply_dns_free(dns);
		return r;
	}
	*out = dns;
	return 0;
}

void ply_dns_free(struct ply_dns *dns)
{
	struct ply_list *n;

	if (!dns)
		return;
	while ((n = ply_list_first(&dns->queries)) != NULL)
		ply_dns_cancel(container_of(n, struct ply_dns_query, node));
	dns->closing = true;
	if (dns->channel)
		ares_destroy(dns->channel);
	ply_timer_stop(&dns->timer);
	ply_hash_deinit(&dns->lookups);
	ply_dns_cache_deinit(&dns->cache);
	ply_dns_hosts_free(dns->hosts);
	ply_free(dns->hosts_path);
	ply_free(dns);
}

int ply_dns_reload(struct ply_dns *dns, struct ply_strbuf *err)
{
	int r = read_hosts(dns, err);

	if (!r)
		ply_dns_cache_clear(&dns->cache);
	return r;
}
