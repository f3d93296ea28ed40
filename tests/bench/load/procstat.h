/* CPU time and memory of the servers under load, each a process with its descendants, from /proc.
 */
#ifndef TESTS_BENCH_LOAD_PROCSTAT_H
#define TESTS_BENCH_LOAD_PROCSTAT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>
#include <sys/types.h>

enum { SERVERS_MAX = 8 };
enum sample { AT_BEGIN, AT_MIDDLE, AT_END, N_SAMPLES };

struct server {
	char name[32];
	pid_t pid;
	double cpu_s[N_SAMPLES];
	long pss_kb[N_SAMPLES]; /* proportional set size: shared pages count once */
};

struct servers {
	struct server at[SERVERS_MAX];
	size_t n;
};

/* "frontend=12"; false when it does not read so or there are too many. The first one is the server
 * that figures are given for, the others (its database) are added in ops_per_cpu_s_all. */
bool servers_add(struct servers *s, const char *spec);
void servers_sample_cpu(struct servers *s, enum sample when);
void servers_sample_memory(struct servers *s, enum sample when);
double servers_cpu(const struct servers *s);
long servers_memory_growth_kb(const struct servers *s);
/* Members of a JSON object, each with a comma before it. */
void servers_print(const struct servers *s, FILE *out, double ops);

#endif
