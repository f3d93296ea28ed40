#include "base/fsm.h"

#include <assert.h>

/* Machines that enter on and on without an event would never return. */
enum { DEPTH_MAX = 32 };

void ply_fsm_init(struct ply_fsm *f, const struct ply_fsm_def *def, const struct ply_log *log)
{
	assert(def->n_state <= 32 && def->n_event <= 32);
	*f = (struct ply_fsm){.def = def, .log = log};
}

const char *ply_fsm_state_name(const struct ply_fsm *f)
{
	return f->def->state[f->state].name;
}

static bool refuse(struct ply_fsm *f, unsigned state)
{
	const char *to = state < f->def->n_state ? f->def->state[state].name : "?";

	ply_error(f->log, "fsm.way-missing", KS("fsm", f->def->name),
		  KS("from", ply_fsm_state_name(f)), KS("to", to));
	assert(false && "way not in the table");
	return false;
}

bool ply_fsm_goto(struct ply_fsm *f, unsigned state)
{
	const struct ply_fsm_def *def = f->def;
	const struct ply_fsm_state *to;

	if (state >= def->n_state || !(def->state[f->state].out & BIT(state)) ||
	    f->depth == DEPTH_MAX)
		return refuse(f, state);
	to = &def->state[state];
	ply_debug(f->log, "fsm.state-changed", KS("fsm", def->name),
		  KS("from", ply_fsm_state_name(f)), KS("to", to->name));
	f->state = state;
	if (def->set_timer)
		def->set_timer(f, to->timer ? ply_timerdef_ms(def->timers, to->timer) : 0);
	if (to->enter) {
		f->depth++;
		to->enter(f);
		return true; /* f may be gone */
	}
	f->depth = 0;
	return true;
}

bool ply_fsm_event(struct ply_fsm *f, unsigned event, void *arg)
{
	const struct ply_fsm_def *def = f->def;
	const struct ply_fsm_state *s = &def->state[f->state];

	assert(event < def->n_event);
	f->depth = 0;
	if (s->in & BIT(event)) {
		s->event(f, event, arg);
		return true;
	}
	ply_debug(f->log, "fsm.event-ignored", KS("fsm", def->name), KS("state", s->name),
		  KS("event", def->event[event]));
	return false;
}

void ply_fsm_print_dot(const struct ply_fsm_def *def, struct ply_strbuf *out)
{
	ply_strbuf_addf(out, "digraph \"%s\" {\n", def->name);
	for (unsigned i = 0; i < def->n_state; i++) {
		const struct ply_fsm_state *s = &def->state[i];

		ply_strbuf_addf(out, "\t\"%s\" [label=\"%s", s->name, s->name);
		for (unsigned e = 0; e < def->n_event; e++)
			if (s->in & BIT(e))
				ply_strbuf_addf(out, "\\n%s", def->event[e]);
		if (s->timer)
			ply_strbuf_addf(out, "\\n[%s]", def->timers[s->timer].name);
		ply_strbuf_adds(out, "\"]\n");
		for (unsigned t = 0; t < def->n_state; t++)
			if (s->out & BIT(t))
				ply_strbuf_addf(out, "\t\"%s\" -> \"%s\"\n", s->name,
						def->state[t].name);
	}
	ply_strbuf_adds(out, "}\n");
}
