#include "role/admin.h"

#include "base/counter.h"
#include "base/err.h"
#include "base/list.h"
#include "base/log.h"
#include "base/mem.h"
#include "net/loop.h"

#include <errno.h>
#include <stdio.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

enum { CONNS_MAX = 32 };

PLY_COUNTER(n_refused, "parley_admin_refused_total",
	    "Connections to the administration socket that were refused");

struct entry {
	struct ply_list node;
	const struct ply_admin_cmd *cmd;
	void *ctx;
};

struct conn;

struct ply_admin_call {
	struct conn *conn;
	const struct entry *entry; /* NULL: no command is under way */
	struct ply_slice args;
};

struct conn {
	struct ply_list node;
	struct ply_admin *admin;
	int fd;
	struct ply_watch watch;
	struct ply_defer flush;
	struct ply_strbuf in, out;
	size_t sent; /* of out */
	struct ply_admin_call call;
	char *line; /* of the call */
	bool in_run, dead, eof;
};

struct ply_admin {
	struct ply_loop *loop;
	struct ply_list cmds, conns;
	unsigned n_conn;
	int fd;
	struct ply_watch watch;
	char *path;
};

static const struct entry *find(struct ply_admin *a, struct ply_slice name)
{
	PLY_LIST_FOR(n, &a->cmds) {
		const struct entry *e = container_of(n, struct entry, node);

		if (ply_slice_is(name, e->cmd->name))
			return e;
	}
	return NULL;
}

static void conn_free(struct conn *c)
{
	const struct entry *e = c->call.entry;

	if (e && e->cmd->gone)
		e->cmd->gone(e->ctx, &c->call);
	ply_list_del(&c->node);
	c->admin->n_conn--;
	ply_watch_stop(&c->watch);
	ply_defer_stop(&c->flush);
	(void)close(c->fd);
	ply_strbuf_deinit(&c->in);
	ply_strbuf_deinit(&c->out);
	ply_free(c->line);
	ply_free(c);
}

struct ply_slice ply_admin_args(const struct ply_admin_call *call)
{
	return call->args;
}

static void on_flush(void *ctx);

static void ask_flush(struct conn *c)
{
	ply_defer_start(c->admin->loop, &c->flush, on_flush, c);
}

static void add_line(struct conn *c, struct ply_slice line)
{
	if (c->out.len - c->sent + line.len > PLY_ADMIN_OUTPUT_MAX)
		c->dead = true; /* reads too slowly for what it asked */
	if (c->dead)
		return;
	if (line.len && line.p[0] == '.')
		ply_strbuf_addc(&c->out, '.');
	ply_strbuf_add_slice(&c->out, line);
	ply_strbuf_addc(&c->out, '\n');
}

void ply_admin_line(struct ply_admin_call *call, struct ply_slice line)
{
	struct ply_slice one;

	if (line.len && line.p[line.len - 1] == '\n')
		line.len--;
	if (!line.p)
		line = ply_slice_str("");
	while (ply_slice_split(&line, '\n', &one))
		add_line(call->conn, one);
	ask_flush(call->conn);
}

void ply_admin_printf(struct ply_admin_call *call, const char *fmt, ...)
{
	struct ply_strbuf b = PLY_STRBUF_INIT;
	va_list ap;

	va_start(ap, fmt);
	ply_strbuf_addv(&b, fmt, ap);
	va_end(ap);
	ply_admin_line(call, ply_strbuf_slice(&b));
	ply_strbuf_deinit(&b);
}

static void next_command(struct conn *c);

void ply_admin_end(struct ply_admin_call *call)
{
	struct conn *c = call->conn;

	ply_strbuf_adds(&c->out, ".\n");
	call->entry = NULL;
	ask_flush(c);
	if (!c->in_run)
		next_command(c);
}

static void help(struct conn *c)
{
	PLY_LIST_FOR(n, &c->admin->cmds) {
		ply_admin_printf(&c->call, "%s", container_of(n, struct entry, node)->cmd->help);
	}
	ply_admin_end(&c->call);
}

static void run_line(struct conn *c)
{
	struct ply_slice line = ply_slice_trim(ply_slice_str(c->line)), name;
	size_t blank = ply_slice_chr(line, ' ');
	const struct entry *e;

	name = ply_slice_sub(line, 0, blank == SIZE_MAX ? line.len : blank);
	c->call.args = ply_slice_trim(ply_slice_from(line, name.len));
	if (ply_slice_is(name, "help")) {
		help(c);
		return;
	}
	e = find(c->admin, name);
	if (!e) {
		ply_admin_printf(&c->call, "error no such command \"%.*s\"; help lists them",
				 PLY_SLICE_ARG(ply_slice_sub(name, 0, 64)));
		ply_admin_end(&c->call);
		return;
	}
	c->call.entry = e;
	e->cmd->run(e->ctx, &c->call);
}

/* One command at a time, the rest waits in `in`. Not called from inside run. */
static void next_command(struct conn *c)
{
	c->in_run = true;
	while (!c->call.entry && !c->dead) {
		size_t at = ply_slice_chr(ply_strbuf_slice(&c->in), '\n');

		if (at == SIZE_MAX)
			break;
		ply_free(c->line);
		c->line = ply_slice_dup(ply_slice_sub(ply_strbuf_slice(&c->in), 0, at));
		memmove(c->in.p, c->in.p + at + 1, c->in.len - at); /* the NUL too */
		c->in.len -= at + 1;
		if (!c->line)
			c->dead = true;
		else if (ply_slice_trim(ply_slice_str(c->line)).len)
			run_line(c);
	}
	if (!c->call.entry && c->in.len > PLY_ADMIN_LINE_MAX)
		c->dead = true;
	c->in_run = false;
}

static bool would_block(void)
{
	return errno == EAGAIN || errno == EWOULDBLOCK || errno == EINTR;
}

/* Everything is sent from here, and a connection ends here. */
static void on_flush(void *ctx)
{
	struct conn *c = ctx;
	bool busy;

	while (!c->dead && c->sent < c->out.len) {
		ssize_t n = send(c->fd, c->out.p + c->sent, c->out.len - c->sent, MSG_NOSIGNAL);

		if (n < 0 && would_block())
			break;
		if (n < 0)
			c->dead = true;
		else
			c->sent += (size_t)n;
	}
	busy = c->sent < c->out.len;
	if (!busy) {
		ply_strbuf_reset(&c->out);
		c->sent = 0;
	}
	if (c->dead || ply_strbuf_err(&c->out) || (c->eof && !busy && !c->call.entry)) {
		conn_free(c);
		return;
	}
	/* A caller that sends while its command runs waits in the socket. */
	if (ply_watch_want(&c->watch, (c->eof || c->in.len > PLY_ADMIN_LINE_MAX ? 0 : PLY_READ) |
					      (busy ? PLY_WRITE : 0)))
		conn_free(c);
}

static void on_ready(void *ctx, unsigned ready)
{
	struct conn *c = ctx;

	if (ready & PLY_READ && !c->eof) {
		ssize_t n = -1;

		if (!ply_strbuf_reserve(&c->in, PLY_ADMIN_LINE_MAX))
			n = read(c->fd, c->in.p + c->in.len, PLY_ADMIN_LINE_MAX);
		else
			c->dead = true;
		if (n > 0) {
			c->in.len += (size_t)n;
			c->in.p[c->in.len] = '\0';
			next_command(c);
		} else if (n == 0) {
			c->eof = true;
			/* Who follows something and hangs up is gone; who asked and shut down his
			 * side still gets the answer. */
			c->dead = c->call.entry && c->call.entry->cmd->gone;
		} else if (!would_block()) {
			c->dead = true;
		}
	}
	ask_flush(c);
}

/* The file's mode keeps strangers out; this holds where the file system does not. */
static bool peer_allowed(int fd)
{
	struct ucred u;
	socklen_t len = sizeof u;

	if (getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &u, &len))
		return false;
	return u.uid == 0 || u.uid == geteuid();
}

static int add_conn(struct ply_admin *a, int fd)
{
	struct conn *c = ply_calloc(1, sizeof *c);
	int r;

	if (!c)
		return -ENOMEM;
	c->admin = a;
	c->fd = fd;
	c->call.conn = c;
	r = ply_watch_start(a->loop, &c->watch, fd, PLY_READ, on_ready, c);
	if (r) {
		ply_free(c);
		return r;
	}
	ply_list_push(&a->conns, &c->node);
	a->n_conn++;
	return 0;
}

static void on_accept(void *ctx, unsigned ready)
{
	struct ply_admin *a = ctx;
	int fd = accept4(a->fd, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);

	(void)ready;
	if (fd < 0)
		return;
	if (a->n_conn < CONNS_MAX && peer_allowed(fd) && !add_conn(a, fd))
		return;
	ply_counter_inc(&n_refused);
	(void)close(fd);
}

/* A socket left behind by a process that was killed is removed; one that somebody serves is not. */
static int remove_stale(const struct sockaddr_un *sa)
{
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0), r = 0;

	if (fd < 0)
		return -errno;
	if (!connect(fd, (const struct sockaddr *)sa, sizeof *sa) || errno == EAGAIN)
		r = -EADDRINUSE;
	else if (errno == ECONNREFUSED && unlink(sa->sun_path))
		r = -errno;
	(void)close(fd);
	return r;
}

static int listen_at(struct ply_admin *a)
{
	struct sockaddr_un sa = {.sun_family = AF_UNIX};
	mode_t old;
	int r;

	if (!ply_slice_copy(ply_slice_str(a->path), sa.sun_path, sizeof sa.sun_path))
		return -ENAMETOOLONG;
	r = remove_stale(&sa);
	if (r)
		return r;
	a->fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (a->fd < 0)
		return -errno;
	old = umask(0177);
	r = bind(a->fd, (const struct sockaddr *)&sa, sizeof sa) ? -errno : 0;
	(void)umask(old);
	if (!r && listen(a->fd, 16))
		r = -errno;
	if (!r)
		r = ply_watch_start(a->loop, &a->watch, a->fd, PLY_READ, on_accept, a);
	return r;
}

int ply_admin_open(struct ply_admin **out, struct ply_loop *loop, const char *path)
{
	struct ply_admin *a = ply_calloc(1, sizeof *a);
	int r = 0;

	if (!a)
		return ply_err_origin(-ENOMEM);
	a->loop = loop;
	a->fd = -1;
	ply_list_init(&a->cmds);
	ply_list_init(&a->conns);
	if (path) {
		a->path = ply_strdup(path);
		r = a->path ? listen_at(a) : -ENOMEM;
	}
	if (r) {
		ply_free(a->path); /* another's socket is not ours to remove */
		a->path = NULL;
		ply_admin_close(a);
		return ply_err_origin(r);
	}
	*out = a;
	return 0;
}

void ply_admin_close(struct ply_admin *a)
{
	struct ply_list *n;

	if (!a)
		return;
	while ((n = ply_list_first(&a->conns)))
		conn_free(container_of(n, struct conn, node));
	while ((n = ply_list_first(&a->cmds))) {
		ply_list_del(n);
		ply_free(container_of(n, struct entry, node));
	}
	ply_watch_stop(&a->watch);
	if (a->fd >= 0)
		(void)close(a->fd);
	if (a->path)
		(void)unlink(a->path);
	ply_free(a->path);
	ply_free(a);
}

int ply_admin_register(struct ply_admin *a, const struct ply_admin_cmd *cmd, void *ctx)
{
	struct entry *e;

	if (find(a, ply_slice_str(cmd->name)))
		return ply_err_origin(-EEXIST);
	e = ply_calloc(1, sizeof *e);
	if (!e)
		return ply_err_origin(-ENOMEM);
	e->cmd = cmd;
	e->ctx = ctx;
	ply_list_push(&a->cmds, &e->node);
	return 0;
}

int ply_admin_chown(struct ply_admin *a, unsigned uid, unsigned gid)
{
	if (a->path && chown(a->path, uid, gid))
		return ply_err_origin(-errno);
	return 0;
}
