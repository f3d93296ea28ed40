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

/* What a load does. A scenario's operations are numbered 0, 1, 2 ... */
struct scenario {
	const char *name;
	/* The parties of operation `n`, and its first request. */
	void (*start)(struct load *l, struct op *o, unsigned n);
	/* A final response to it. */
	void (*response)(struct load *l, struct op *o, const struct siptext *m);
	/* A request that arrived at the far end was answered; NULL: nothing more to do. */
	void (*delivered)(struct load *l, const struct siptext *m);
	bool signed_in;  /* all users register first */
	bool subscribed; /* watchers subscribe as well */
	bool idle;       /* nothing happens after that: memory is measured */
	bool per_notify; /* what counts is requests delivered, not operations */
};

extern const struct scenario scenario_register, scenario_message, scenario_call, scenario_options,
	scenario_publish, scenario_subscribe, scenario_idle, scenario_sign_out;

/* A user of the server: u0, u1, ... Lives as long as the process. */
struct user {
	struct digest digest;
	unsigned cseq; /* of its REGISTERs */
	char etag[64]; /* of its publication */
};

struct op {
	const struct scenario *scenario; /* NULL: free */
	unsigned index, generation;      /* its Call-ID, with the run's number */
	unsigned user, peer;
	unsigned cseq;
	unsigned expires; /* of a REGISTER */
	int stage;        /* the scenario's own */
	unsigned left;    /* NOTIFYs still to come */
	unsigned resent;  /* how often; RESEND_NEVER once a response came */
	uint64_t begin_ns, sent_ns;
	struct ply_strbuf sent;               /* UDP: for retransmission */
	struct ply_strbuf to, route, contact; /* of the dialog */
};

enum { RESEND_NEVER = 99 };

struct load_options {
	const struct scenario *scenario;
	unsigned users, connections, window, watchers, expires, shaking;
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
};
/* Outside dialogs, from o->user to o->peer. */
void request_write(struct load *l, const struct op *o, const struct request *r);
void request_write_register(struct load *l, const struct op *o);
/* Inside the dialog kept in o. */
void request_write_dialog(struct load *l, const struct op *o, const char *method, unsigned cseq);

/* answer.c */
void answer_request(struct load *l, struct conn *c, const struct siptext *m);

/* phase.c: setup_run starts `count` operations and waits for all; false when the limit passed. */
bool setup_run(struct load *l, const struct scenario *scenario, unsigned count);
/* Warm-up, then the measured time; returns the measured seconds. */
double measure_run(struct load *l);
void load_on_message(void *arg, struct conn *c, struct ply_slice text);

/* report.c: one line of JSON on standard output */
void report_load(const struct load *l, double seconds, double own_cpu);
void report_idle(const struct load *l, double handshake_cpu);

#endif
