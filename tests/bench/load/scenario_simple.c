/* One request and its answer: REGISTER with digest, MESSAGE, OPTIONS; and doing nothing. */
#include "tests/bench/load/load.h"

static void register_start(struct load *l, struct op *o, unsigned n)
{
	o->user = o->peer = n % l->o.users;
	o->expires = l->o.expires;
	o->cseq = ++l->user[o->user].cseq;
	request_write_register(l, o);
	op_send(l, o);
}

static void register_response(struct load *l, struct op *o, const struct siptext *m)
{
	struct user *u = &l->user[o->user];

	if ((m->status != 401 && m->status != 407) || o->stage > 1) {
		if (l->measuring && m->status == 200)
			latencies_add(&l->stats.all, l->transport.now_ns - o->begin_ns);
		op_end(l, o, m->status == 200);
		return;
	}
	if (!digest_challenged(&u->digest, m)) {
		op_end(l, o, false);
		return;
	}
	l->stats.challenges++;
	o->stage++;
	o->cseq = ++u->cseq;
	request_write_register(l, o);
	op_send(l, o);
}

const struct scenario scenario_register = {
	.name = "register",
	.start = register_start,
	.response = register_response,
};

/* Nothing of this run may answer for a user in the next one. */
static void sign_out_start(struct load *l, struct op *o, unsigned n)
{
	o->user = o->peer = n % l->o.users;
	o->expires = 0;
	o->cseq = ++l->user[o->user].cseq;
	request_write_register(l, o);
	op_send(l, o);
}

const struct scenario scenario_sign_out = {
	.name = "sign-out",
	.start = sign_out_start,
	.response = register_response,
};

const struct scenario scenario_idle = {
	.name = "idle",
	.start = register_start,
	.response = register_response,
	.signed_in = true,
	.idle = true,
};

static void any_response(struct load *l, struct op *o, const struct siptext *m)
{
	bool ok = m->status / 100 == 2;

	if (l->measuring && ok)
		latencies_add(&l->stats.all, l->transport.now_ns - o->begin_ns);
	op_end(l, o, ok);
}

static void message_start(struct load *l, struct op *o, unsigned n)
{
	static const char body[] =
		"sixty-four octets of text, as many as a short note to a friend..";

	o->user = n % l->o.users;
	o->peer = (unsigned)((o->user * 7919ull + 13) % l->o.users);
	request_write(l, o,
		      &(struct request){"MESSAGE", 1, "Content-Type: text/plain\r\n",
					ply_slice(body, sizeof(body) - 1), NULL});
	op_send(l, o);
}

const struct scenario scenario_message = {
	.name = "message",
	.start = message_start,
	.response = any_response,
	.signed_in = true,
};

static void options_start(struct load *l, struct op *o, unsigned n)
{
	o->user = o->peer = n % l->o.users;
	request_write(l, o, &(struct request){"OPTIONS", 1, "", ply_slice("", 0), NULL});
	op_send(l, o);
}

const struct scenario scenario_options = {
	.name = "options",
	.start = options_start,
	.response = any_response,
};

/* Watcher n: the users behind the presentities, each presentity's in one block. */
static void subscribe_start(struct load *l, struct op *o, unsigned n)
{
	unsigned presentities = l->o.users / (l->o.watchers + 1);

	o->user = presentities + n;
	o->peer = n / l->o.watchers;
	request_write(l, o,
		      &(struct request){"SUBSCRIBE", 1,
					"Event: presence\r\nAccept: application/pidf+xml\r\n"
					"Expires: 3600\r\n",
					ply_slice("", 0), NULL});
	op_send(l, o);
}

const struct scenario scenario_subscribe = {
	.name = "subscribe",
	.start = subscribe_start,
	.response = any_response,
};
