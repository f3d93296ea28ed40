/* Commands that every role answers on its administration socket. */
#include "role/role_internal.h"

#include "base/clock.h"
#include "base/counter.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

static void run_status(void *ctx, struct ply_admin_call *call)
{
	struct ply_role_run *run = ctx;
	struct ply_strbuf b = PLY_STRBUF_INIT;

	ply_health_print(run->ctx.health, &b);
	ply_admin_line(call, ply_strbuf_slice(&b));
	ply_strbuf_reset(&b);
	if (run->ctx.role->status) {
		run->ctx.role->status(run->self, &b);
		ply_admin_line(call, ply_strbuf_slice(&b));
	}
	ply_strbuf_deinit(&b);
	ply_admin_end(call);
}

static void run_metrics(void *ctx, struct ply_admin_call *call)
{
	struct ply_strbuf b = PLY_STRBUF_INIT;

	(void)ctx;
	ply_counter_print(&b);
	ply_admin_line(call, ply_strbuf_slice(&b));
	ply_strbuf_deinit(&b);
	ply_admin_end(call);
}

static void run_log_level(void *ctx, struct ply_admin_call *call)
{
	struct ply_role_run *run = ctx;
	struct ply_slice word = ply_admin_args(call);
	enum ply_log_level level;

	if (ply_log_level_parse(word, &level)) {
		ply_admin_printf(call, "error no log level; there are: error, warn, info, debug");
	} else {
		ply_log_set_level(level);
		ply_warn(&run->ctx.log, "role.log-level-changed", KSL("level", word));
	}
	ply_admin_end(call);
}

static const struct ply_admin_cmd commands[] = {
	{"status", "status: readiness as JSON, then one line of the role's own", run_status, NULL},
	{"metrics", "metrics: counters as Prometheus text", run_metrics, NULL},
	{"log-level", "log-level error|warn|info|debug: until the next restart or reload",
	 run_log_level, NULL},
};

/* Tests of rules that take hours: only for a process that was started with PARLEY_TEST_CLOCK=1. */
static void run_clock(void *ctx, struct ply_admin_call *call)
{
	struct ply_role_run *run = ctx;
	uint32_t seconds;

	if (!ply_slice_to_u32(ply_admin_args(call), &seconds)) {
		ply_admin_printf(call, "error say how many seconds");
	} else {
		ply_clock_advance(seconds * 1000ULL);
		ply_warn(&run->ctx.log, "role.clock-advanced", KI("seconds", seconds));
	}
	ply_admin_end(call);
}

static const struct ply_admin_cmd clock_command = {
	"clock-advance", "clock-advance SECONDS: for tests", run_clock, NULL};

int ply_role_register_commands(struct ply_role_run *run)
{
	const char *test = getenv("PARLEY_TEST_CLOCK");

	if (test && !strcmp(test, "1")) {
		int r = ply_admin_register(run->ctx.admin, &clock_command, run);

		if (r)
			return r;
	}
	for (size_t i = 0; i < ARRAY_LEN(commands); i++) {
		int r = ply_admin_register(run->ctx.admin, &commands[i], run);

		if (r)
			return r;
	}
	return 0;
}
