#include "role/role.h"

#include "base/clock.h"
#include "base/err.h"
#include "base/mem.h"
#include "net/loop.h"
#include "role/role_internal.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <systemd/sd-daemon.h>
#include <unistd.h>

#ifndef PLY_VERSION
#define PLY_VERSION "unknown"
#endif

enum { STATUS_EVERY_MS = 10000 };

const char *ply_version(void)
{
	return PLY_VERSION;
}

/* --- the end --- */

static void stop_loop(void *ctx)
{
	struct ply_role_run *run = ctx;

	run->why = run->why ? run->why : "drain timeout";
	ply_loop_stop(run->ctx.loop);
}

void ply_role_drained(struct ply_role_ctx *ctx)
{
	struct ply_role_run *run = container_of(ctx, struct ply_role_run, ctx);

	run->why = "drained";
	ply_loop_stop(ctx->loop);
}

static void on_term(void *ctx)
{
	struct ply_role_run *run = ctx;
	uint32_t wait_s = run->set.common.drain_timeout;

	if (run->draining || !run->ctx.role->drain) {
		run->why = "told to";
		ply_loop_stop(run->ctx.loop);
		return;
	}
	run->draining = true;
	ply_health_set_draining(run->ctx.health, true);
	(void)sd_notify(0, "STOPPING=1\nSTATUS=finishing what is open");
	ply_info(&run->ctx.log, "role.draining", KI("seconds", wait_s));
	ply_timer_start(run->ctx.loop, &run->stop_timer, (uint64_t)wait_s * 1000, stop_loop, run);
	run->ctx.role->drain(run->self);
}

/* --- reload --- */

static void on_hup(void *ctx)
{
	struct ply_role_run *run = ctx;
	struct ply_strbuf report = PLY_STRBUF_INIT;
	int r;

	(void)sd_notify(0, "RELOADING=1");
	r = ply_role_set_reload(&run->set, &report);
	if (r) {
		ply_error(&run->ctx.log, "role.reload-refused", KS("file", run->set.path),
			  KS("err", ply_strbuf_str(&report)));
	} else {
		ply_role_apply_log(&run->set);
		ply_info(&run->ctx.log, "role.reloaded", KS("file", run->set.path),
			 KS("changes", ply_strbuf_str(&report)));
		if (run->ctx.role->reload)
			run->ctx.role->reload(run->self);
	}
	ply_strbuf_deinit(&report);
	(void)sd_notify(0, "READY=1");
}

/* --- while it runs --- */

static void tell_status(void *ctx)
{
	struct ply_role_run *run = ctx;
	struct ply_strbuf b = PLY_STRBUF_INIT;

	if (run->ctx.role->status && !run->draining) {
		run->ctx.role->status(run->self, &b);
		(void)sd_notifyf(0, "STATUS=%s", ply_strbuf_str(&b));
	}
	ply_strbuf_deinit(&b);
	ply_timer_start(run->ctx.loop, &run->status_timer, STATUS_EVERY_MS, tell_status, run);
}

static void feed_watchdog(void *ctx)
{
	struct ply_role_run *run = ctx;

	(void)sd_notify(0, "WATCHDOG=1");
	ply_timer_start(run->ctx.loop, &run->watchdog_timer, run->watchdog_ms, feed_watchdog, run);
}

static int watch_signals(struct ply_role_run *run)
{
	struct ply_loop *loop = run->ctx.loop;
	int r = ply_signal_start(loop, &run->term, SIGTERM, on_term, run);

	if (!r)
		r = ply_signal_start(loop, &run->intr, SIGINT, on_term, run);
	if (!r)
		r = ply_signal_start(loop, &run->hup, SIGHUP, on_hup, run);
	return r;
}

static void start_timers(struct ply_role_run *run)
{
	uint64_t usec = 0;

	tell_status(run);
	if (sd_watchdog_enabled(0, &usec) > 0) {
		run->watchdog_ms = usec / 2000 ? usec / 2000 : 1;
		feed_watchdog(run);
	}
}

static void stop_everything(struct ply_role_run *run)
{
	ply_timer_stop(&run->stop_timer);
	ply_timer_stop(&run->status_timer);
	ply_timer_stop(&run->watchdog_timer);
	ply_signal_stop(&run->term);
	ply_signal_stop(&run->intr);
	ply_signal_stop(&run->hup);
}

/* --- the beginning --- */

static void raise_descriptor_limit(void)
{
	struct rlimit l;

	if (getrlimit(RLIMIT_NOFILE, &l) || l.rlim_cur == l.rlim_max)
		return;
	l.rlim_cur = l.rlim_max;
	(void)setrlimit(RLIMIT_NOFILE, &l);
}

static int complain(struct ply_role_run *run, const char *what, const char *where, int r)
{
	ply_error(&run->ctx.log, "role.start-failed", KS("what", what), KS("where", where),
		  KS("err", ply_err_text(r)));
	return r;
}

static int open_doors(struct ply_role_run *run)
{
	const struct ply_role_own *own = &run->set.own;
	int r = ply_loop_new(&run->ctx.loop);

	if (r)
		return complain(run, "cannot make the event loop", "", r);
	r = ply_health_open(&run->ctx.health, run->ctx.loop, run->ctx.role->name,
			    own->metrics_listen);
	if (r)
		return complain(run, "cannot listen for health questions", own->metrics_listen, r);
	r = ply_admin_open(&run->ctx.admin, run->ctx.loop, own->admin_socket);
	if (r)
		return complain(run, "cannot open the administration socket", own->admin_socket, r);
	r = ply_role_register_commands(run);
	return r ? complain(run, "cannot register commands", "", r) : 0;
}

static int become_user(struct ply_role_run *run)
{
	const char *user = run->set.common.run_user;
	int r;

	if (geteuid() != 0)
		return 0;
	if (!user) {
		ply_warn(&run->ctx.log, "role.runs-as-root",
			 KS("next", "set run_user in [common]"));
		return 0;
	}
	r = ply_role_drop_rights(user, run->ctx.admin);
	return r ? complain(run, "cannot become run_user", user, r) : 0;
}

/* A role that failed has said why; the line names it once more for whoever reads only the end. */
static int start_role(struct ply_role_run *run)
{
	const struct ply_role *role = run->ctx.role;
	int r = role->init(&run->ctx, &run->self);

	if (r)
		return complain(run, "the role did not start", role->name, r);
	run->inited = true;
	r = become_user(run);
	if (!r && role->start) {
		r = role->start(run->self);
		if (r)
			(void)complain(run, "the role did not start", role->name, r);
	}
	return r;
}

static void log_start(const struct ply_role_run *run)
{
	ply_info(&run->ctx.log, "role.started", KS("version", ply_version()),
		 KS("fqdn", run->set.common.fqdn), KS("file", run->set.path), KI("pid", getpid()),
		 KI("health_port", ply_health_port(run->ctx.health)));
}

static int run_role(struct ply_role_run *run)
{
	int r = start_role(run);

	if (!r)
		r = watch_signals(run);
	if (!r) {
		ply_health_set_started(run->ctx.health, true);
		log_start(run);
		(void)sd_notify(0, "READY=1");
		start_timers(run);
		r = ply_loop_run(run->ctx.loop);
		(void)sd_notify(0, "STOPPING=1");
	}
	stop_everything(run);
	if (run->inited)
		run->ctx.role->stop(run->self);
	return r;
}

static int serve(struct ply_role_run *run)
{
	int r;

	raise_descriptor_limit();
	(void)signal(SIGPIPE, SIG_IGN); /* NOLINT(cert-err33-c) */
	r = open_doors(run);
	if (!r)
		r = run_role(run);
	ply_admin_close(run->ctx.admin);
	ply_health_close(run->ctx.health);
	ply_loop_free(run->ctx.loop);
	if (!r)
		ply_info(&run->ctx.log, "role.stopped", KS("why", run->why ? run->why : "told to"));
	return r ? 1 : 0;
}

int ply_role_main(int argc, char **argv, const struct ply_role *role)
{
	struct ply_role_run run = {.ctx.role = role};
	int code = ply_role_options(&run, argc, argv);

	if (code < 0) {
		run.ctx.common = &run.set.common;
		run.ctx.conf = run.set.conf;
		ply_log_init(&run.ctx.log, NULL);
		ply_log_open(role->name, (enum ply_log_level)run.set.common.log_level, -1);
		ply_role_apply_log(&run.set);
		code = serve(&run);
	}
	ply_role_set_clear(&run.set);
	return code;
}
