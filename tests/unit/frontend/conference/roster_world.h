/* A meeting without network and databases: a Focus by hand, its record, its roster. */
#ifndef TESTS_UNIT_FRONTEND_CONFERENCE_ROSTER_WORLD_H
#define TESTS_UNIT_FRONTEND_CONFERENCE_ROSTER_WORLD_H

#include "base/mem.h"
#include "frontend/conference/conference.h"
#include "frontend/conference/focus.h"

#include <stdio.h>
#include <string.h>

struct roster_world {
	struct fe fe;
	struct fe_meetings m;
	struct fe_focus *f;
};

static inline void roster_world_open(struct roster_world *w, const char *conf_uri)
{
	/* nobody there: the settings are the defaults */
	const struct ply_db_conf nowhere = {.conninfo = "host=127.0.0.1 port=1 dbname=none"};
	struct ply_c3p_uri uri;

	*w = (struct roster_world){.fe = {.fqdn = "fe.lab.example", .pool = "fe.lab.example"}};
	assert_int_equal(ply_loop_new(&w->fe.loop), 0);
	assert_int_equal(ply_rtcconfig_open(&w->fe.rtcconfig, w->fe.loop, &nowhere), 0);
	ply_hash_init(&w->fe.users);
	w->fe.meetings = &w->m;
	w->m.fe = &w->fe;
	ply_hash_init(&w->m.focuses);
	ply_hash_init(&w->m.dialogs);
	ply_hash_init(&w->m.flows);
	assert_int_equal(fe_policies_new(&w->m), 0);
	assert_int_equal(ply_c3p_uri_parse(&uri, ply_slice_str(conf_uri)), 0);
	assert_int_equal(fe_focus_new(&w->m, &uri, &w->f), 0);
	w->f->state = FE_FOCUS_ACTIVE;
}

static inline void roster_world_close(struct roster_world *w)
{
	w->f->state = FE_FOCUS_ENDING; /* it was not counted */
	fe_focus_free(w->f);
	assert_int_equal(w->m.n_parties, 0);
	assert_int_equal(w->m.focuses.n, 0);
	ply_rtcconfig_close(w->fe.rtcconfig);
	fe_policies_free(&w->m);
	ply_hash_deinit(&w->m.focuses);
	ply_hash_deinit(&w->m.dialogs);
	ply_hash_deinit(&w->m.flows);
	ply_hash_deinit(&w->fe.users);
	ply_loop_free(w->fe.loop);
}

#endif
