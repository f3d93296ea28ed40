/* What `parley help ID` knows: the reason ids of this program, and what a server says to clients.
 * docs/errors is printed from these tables (parley help --errors-md, --diagnostics-md). */
#ifndef CLI_REASONS_H
#define CLI_REASONS_H

struct cli_reason {
	const char *id;    /* PRL-GROUP-NNN; never used for something else again */
	const char *what;  /* happened */
	const char *cause; /* the usual ones, one sentence or two */
	const char *next;  /* what to do */
};
extern const struct cli_reason cli_reasons[]; /* by id; NULL ends */

/* A refusal on the wire. One ms-diagnostics id may have many texts; 0 is none. */
struct cli_diagnostic {
	unsigned status, id; /* status 0: in the NOTIFY that ends a registration */
	const char *text;    /* reason="..." as the client shows or logs it */
	const char *cause, *next;
};
extern const struct cli_diagnostic cli_diagnostics[]; /* by id, then status; NULL text ends */

#endif
