/* What a conference tells its Focus: the changes of one turn are one notice, one is under way at a
 * time, and after one that nobody took everything is told. */
#include "base/counter.h"
#include "mcu/mcu_conf.h"

#include <errno.h>

enum { AGAIN_MS = 2000, NOTIFY_MS = 10000 };

PLY_COUNTER(notices, "parley_mcu_notices_total", "notices sent to Focuses");
PLY_COUNTER(lost, "parley_mcu_notices_lost_total",
	    "notices that no Focus took; everything was sent again");

static void tell(void *ctx);

void ply_mcu_conf_news(struct ply_mcu_conf *c)
{
	ply_defer_start(c->mcu->loop, &c->news, tell, c);
}

static void later(struct ply_mcu_conf *c)
{
	c->resync = true;
	ply_counter_inc(&lost);
	ply_timer_start(c->mcu->loop, &c->again, AGAIN_MS, tell, c);
}

static void told(void *ctx, int status, struct ply_slice body)
{
	struct ply_mcu_conf *c = ctx;
	struct ply_c3p_response rsp;
	enum ply_c3p_reason reason = PLY_C3P_R_OTHER_FAILURE;

	c->post = NULL;
	if (status >= 200 && status < 300 && !ply_c3p_response_parse(&rsp, body)) {
		reason = rsp.code == PLY_C3P_FAILURE ? rsp.reason : PLY_C3P_R_NONE;
		ply_c3p_response_deinit(&rsp);
	}
	if (reason == PLY_C3P_R_STALE || reason == PLY_C3P_R_CONFERENCE_DOES_NOT_EXIST) {
		ply_mcu_conf_drop(c, "the Focus does not know it");
		return;
	}
	if (reason) {
		ply_warn(&c->log, "mcu.notice-lost", KI("status", status),
			 KS("reason", ply_c3p_reason_name(reason)), KI("version", c->version));
		later(c);
		return;
	}
	ply_mcu_conf_heard(c);
	if (!ply_list_empty(&c->roster.dirty) || c->view_changed)
		ply_mcu_conf_news(c);
}

static void put_view(const struct ply_mcu_conf *c, struct ply_ci_view *v)
{
	*v = (struct ply_ci_view){
		.entity = ply_slice_str(c->uri),
		.state = PLY_CI_FULL,
		.locked = c->locked,
		.says_locked = true,
	};
}

static void put_head(const struct ply_mcu_conf *c, struct ply_ci *ci)
{
	*ci = (struct ply_ci){.entity = ply_slice_str(c->focus)};
	ply_arena_init(&ci->mem, 4096);
}

int ply_mcu_conf_full(const struct ply_mcu_conf *c, struct ply_ci *ci, struct ply_ci_view *view)
{
	put_head(c, ci);
	ci->state = ci->users_state = PLY_CI_FULL;
	put_view(c, view);
	ci->view = view;
	ci->n_view = 1;
	return ply_mcu_roster_full(&c->roster, ci);
}

static int put_changes(const struct ply_mcu_conf *c, struct ply_ci *ci, struct ply_ci_view *view)
{
	put_head(c, ci);
	ci->state = ci->users_state = PLY_CI_PARTIAL;
	if (c->view_changed) {
		put_view(c, view);
		ci->view = view;
		ci->n_view = 1;
	}
	return ply_mcu_roster_changes(&c->roster, ci);
}

static int post(struct ply_mcu_conf *c, const struct ply_c3p_request *req)
{
	struct ply_strbuf xml = PLY_STRBUF_INIT, path = PLY_STRBUF_INIT;
	struct ply_slice rest;
	struct ply_mcu_front *f = ply_mcu_front_of(c->mcu, ply_slice_str(c->callback), &rest);
	int r = -EHOSTUNREACH;

	ply_c3p_request_write(&xml, req);
	ply_strbuf_add_slice(&path, rest);
	if (ply_strbuf_err(&xml) || ply_strbuf_err(&path))
		r = -ENOMEM;
	else if (f)
		r = ply_c3p_peer_post(f->peer, &c->post,
				      &(struct ply_c3p_post){.path = ply_strbuf_str(&path),
							     .body = ply_strbuf_slice(&xml),
							     .timeout_ms = NOTIFY_MS},
				      told, c);
	ply_strbuf_deinit(&xml);
	ply_strbuf_deinit(&path);
	return r;
}

static void tell(void *ctx)
{
	struct ply_mcu_conf *c = ctx;
	char id[PLY_U64_DIGITS];
	struct ply_ci_view view;
	struct ply_c3p_request req;
	int r;

	if (c->post || (ply_timer_is_active(&c->again) && c->resync))
		return; /* what changed meanwhile goes with the next */
	req = (struct ply_c3p_request){
		.request_id = ply_slice_u64(c->version + 1, id),
		.from = ply_slice_str(c->uri),
		.to = ply_slice_str(c->focus),
		.cmd = PLY_C3P_NOTIFY,
		.name = ply_slice_str("notify"),
		.instance = ply_slice_str(c->instance),
		.epoch = c->epoch,
		.mcu_version = c->version + 1,
		.full = c->resync,
		.has_conf = true,
	};
	req.keys.conf = req.to;
	r = c->resync ? ply_mcu_conf_full(c, &req.conf, &view) : put_changes(c, &req.conf, &view);
	if (!r && !c->resync && !req.conf.n_user && !req.conf.n_view) {
		ply_mcu_roster_told(&c->roster); /* came and went */
	} else {
		if (!r)
			r = post(c, &req);
		c->version++;
		ply_counter_inc(&notices);
		ply_mcu_roster_told(&c->roster);
		c->view_changed = c->resync = false;
		if (r)
			later(c);
	}
	ply_arena_deinit(&req.conf.mem);
}
