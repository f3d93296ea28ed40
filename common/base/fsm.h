/* State machines as tables (CONTRIBUTING.md, "State machines"): states with names, the events each
 * takes, the states each may go to, its timer. Every change goes through ply_fsm_goto(), which
 * checks the table, moves the timer and logs one debug line; nobody else writes `state`.
 *
 * Send in .enter, decide in .event: a state's whole behaviour stands in one place. Rank 0. */
#ifndef PLY_BASE_FSM_H
#define PLY_BASE_FSM_H

#include "base/log.h"
#include "base/ply.h"
#include "base/strbuf.h"
#include "base/timerdef.h"

struct ply_fsm;

struct ply_fsm_state {
	const char *name;
	uint32_t in;    /* BIT(event)s that it takes */
	uint32_t out;   /* BIT(state)s that it may go to */
	unsigned timer; /* index into the machine's timers; 0: none */
	void (*enter)(struct ply_fsm *f);
	void (*event)(struct ply_fsm *f, unsigned event, void *arg); /* may go to another state */
};

struct ply_fsm_def {
	const char *name;
	const struct ply_fsm_state *state;
	unsigned n_state; /* at most 32 */
	const char *const *event;
	unsigned n_event;                  /* at most 32 */
	const struct ply_timerdef *timers; /* NULL when no state has one */
	/* Starts the machine's one timer anew, or stops it (ms 0). The owner's timer calls
	 * ply_fsm_event(f, its timeout event, NULL). NULL when no state has a timer. */
	void (*set_timer)(struct ply_fsm *f, uint32_t ms);
};

/* Embedded in the object; container_of() leads back to it. */
struct ply_fsm {
	const struct ply_fsm_def *def;
	const struct ply_log *log; /* LENT, may be NULL */
	unsigned state;
	unsigned depth; /* of ply_fsm_goto within .enter */
};

/* In state 0, without entering it. */
void ply_fsm_init(struct ply_fsm *f, const struct ply_fsm_def *def, const struct ply_log *log);
/* Enters `state`. A way that the table does not have is a mistake of ours: logged as an error and
 * not taken (debug builds stop). Returns whether it was taken. f may be freed inside .enter, when
 * this is the last thing its caller does. */
bool ply_fsm_goto(struct ply_fsm *f, unsigned state);
/* False, and a debug line, when the state does not take the event. */
bool ply_fsm_event(struct ply_fsm *f, unsigned event, void *arg);
const char *ply_fsm_state_name(const struct ply_fsm *f);
/* The table as a Graphviz text (docs/fsm). */
void ply_fsm_print_dot(const struct ply_fsm_def *def, struct ply_strbuf *out);

#endif
