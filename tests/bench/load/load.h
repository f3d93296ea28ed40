/* A closed loop of SIP operations: a window of them is always under way, and one counts when it
 * went through the server to the far end and back. Both ends of each dialogue live in this process.
 */
#ifndef TESTS_BENCH_LOAD_LOAD_H
#define TESTS_BENCH_LOAD_LOAD_H

#include "tests/bench/load/digest.h"
#include "tests/bench/load/procstat.h"
#include "tests/bench/load/siptext.h"
#include "tests/bench/load/stats.h"
#include "tests/bench/load/transport.h"

struct load;
struct op;
struct rooms;

/* What a load does. A scenario's operations are numbered 0, 1, 2 ... */
struct scenario {
	const char *name;
	/* The parties of operation `n`, and its first request. */
	void (*start)(struct load *l, struct op *o, unsigned n);
	/* A final response to it. */
	void (*response)(struct load *l, struct op *o, const struct siptext *m);
	/* A request arrived at the far end and was answered; does it count as delivered? NULL: yes.
	 */
	bool (*delivered)(struct load *l, const struct siptext *m);
	/* Further members of the report, each with a comma before it; NULL: none. */
	void (*extra)(const struct load *l, double seconds);
	/* What comes between signing in and measuring; NULL: nothing. */
	bool (*set_up)(struct load *l);
	/* In place of measuring and reporting; NULL: those. False: it came to nothing. */
	bool (*course)(struct load *l);
	/* Before the users sign out; NULL: nothing. */
	void (*tear_down)(struct load *l);
	bool signed_in;  /* all users register first */
	bool subscribed; /* watchers subscribe as well */
	bool idle;       /* nothing happens after that: memory is measured */
	bool per_notify; /* what counts is requests delivered, not operations */
	bool rooms;      /* users are the members of rooms; the window is that of a room */
};

extern const struct scenario scenario_register, scenario_message, scenario_call, scenario_options,
	scenario_publish, scenario_subscribe, scenario_idle, scenario_sign_out, scenario_room,
	scenario_storm, scenario_rooms_memory;

/* Our end of a dialog, or of a transaction outside any. */
struct dialog {
	char call_id[48]; /* "": made with the first request */
	char kind;        /* '\0', or what tells it from others of the same operation */
	unsigned cseq;
	struct ply_strbuf to, route, contact;
};

/* A user of the server: u0, u1, ... Lives as long as the process. */
struct user {
	struct digest digest;
	unsigned cseq; /* of its REGISTERs */
	char etag[64]; /* of its publication */
};

struct op {
	const struct scenario *scenario; /* NULL: free */
	unsigned index, generation;      /* its branch, with the run's number */
	unsigned user, peer;
	unsigned cseq;
	unsigned expires; /* of a REGISTER */
	int stage;        /* the scenario's own */
	unsigned left;    /* NOTIFYs still to come */
	unsigned resent;  /* how often; RESEND_NEVER once a response came */
	uint64_t begin_ns, sent_ns;
	struct ply_strbuf sent; /* UDP: for retransmission */
	struct dialog own;
	struct dialog
		*dialog; /* in which its requests go: own, unless the scenario says otherwise */
};

enum { RESEND_NEVER = 99 };

struct load_options {
	const struct scenario *scenario;
	unsigned users, connections, window, watchers, expires, shaking, members, rooms;
	double seconds, warm_up, rate; /* rate 0: closed loop */
	const char *domain, *password;
};

struct load {
	struct load_options o;
	struct transport transport;
	struct servers servers;
	struct user *user;
	struct op *op;     /* o.window of them */
	unsigned *free_op; /* indices of those not under way */
	unsigned n_free;
	unsigned run; /* tells this process's dialogs from an earlier one's */
	bool measuring;
	struct stats stats;
	struct rooms *rooms;    /* rooms.h */
	struct ply_strbuf text; /* the message being written */
};

/* op.c */
bool ops_init(struct load *l);
struct op *op_start(struct load *l, const struct scenario *scenario, unsigned n);
void op_end(struct load *l, struct op *o, bool ok);
unsigned ops_under_way(const struct load *l);
/* Ends what took too long and, over UDP, sends again; to be called often. */
void ops_tick(struct load *l);
/* Sends l->text; the first request of a transaction, sent again over UDP until answered. */
void op_send(struct load *l, struct op *o);
void op_send_once(struct load *l, struct op *o);
struct conn *user_conn(struct load *l, unsigned user);

/* request.c: all write l->text */
struct request {
	const char *method;
	unsigned cseq;
	const char *headers; /* whole lines with CRLF, "" for none */
	struct ply_slice body;
	const char *uri; /* NULL: that of o->peer */
};
/* Outside dialogs, from o->user to o->peer or r->uri. */
void request_write(struct load *l, const struct op *o, const struct request *r);
void request_write_register(struct load *l, const struct op *o);
/* Inside o->dialog; r->uri is not read. */
void request_write_dialog(struct load *l, const struct op *o, const struct request *r);

/* dialog.c: what the answer to the first request says about the way to the other end. */
bool dialog_keep(struct dialog *d, const struct siptext *m);
/* "T=time.index.generation." of the operation, at most STAMP_MAX octets, and its reader: NULL when
 * there is none or the operation has ended. */
enum { STAMP_MAX = 64 };
void stamp_write(char out[STAMP_MAX], const struct op *o);
struct op *stamp_read(struct load *l, struct ply_slice text, uint64_t *begin_ns);

/* answer.c */
void answer_request(struct load *l, struct conn *c, const struct siptext *m);

/* phase.c: setup_run starts `count` operations and waits for all; false when the limit passed. */
bool setup_run(struct load *l, const struct scenario *scenario, unsigned count);
/* Operations first .. last - 1, `rate` a second (0: as fast as the window allows); waits for all
 * and leaves l->stats. Returns the seconds it took. */
double paced_run(struct load *l, const struct scenario *scenario, unsigned first, unsigned last,
		 double rate);
/* Until nothing has come for `quiet_s`, `limit_s` at most. */
void wait_for_quiet(struct load *l, double quiet_s, double limit_s);
/* Warm-up, then the measured time; returns the measured seconds. */
double measure_run(struct load *l);
void load_on_message(void *arg, struct conn *c, struct ply_slice text);

/* report.c: one line of JSON on standard output */
void report_load(const struct load *l, double seconds, double own_cpu);
void report_idle(const struct load *l, double handshake_cpu);

#endif
