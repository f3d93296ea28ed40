#include "tests/bench/load/procstat.h"

#include <ctype.h>
#include <dirent.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { PROCESSES_MAX = 32768, TREE_MAX = 1024 };

struct process {
	pid_t pid, parent;
};

bool servers_add(struct servers *s, const char *spec)
{
	const char *eq = strchr(spec, '=');
	struct server *v;
	int pid = eq ? (int)strtol(eq + 1, NULL, 10) : 0;

	if (!eq || pid <= 0 || s->n == SERVERS_MAX)
		return false;
	v = &s->at[s->n++];
	*v = (struct server){.pid = pid};
	snprintf(v->name, sizeof(v->name), "%.*s", (int)(eq - spec), spec);
	return true;
}

/* proc(5): the fields of stat after the command in parentheses. */
static bool process_stat(pid_t pid, pid_t *parent, double *cpu_s)
{
	char path[64], text[1024];
	unsigned long user, sys;
	long waited_user, waited_sys;
	const char *rest;
	size_t n;
	FILE *f;

	snprintf(path, sizeof(path), "/proc/%d/stat", pid);
	f = fopen(path, "re");
	if (!f)
		return false;
	n = fread(text, 1, sizeof(text) - 1, f);
	fclose(f);
	text[n] = '\0';
	rest = strrchr(text, ')');
	/* NOLINTNEXTLINE(cert-err34-c): the kernel's */
	if (!rest || sscanf(rest + 2, "%*c %d %*d %*d %*d %*d %*u %*u %*u %*u %*u %lu %lu %ld %ld",
			    parent, &user, &sys, &waited_user, &waited_sys) != 5)
		return false;
	if (cpu_s)
		*cpu_s = ((double)(user + sys) + (double)(waited_user + waited_sys)) /
			 (double)sysconf(_SC_CLK_TCK);
	return true;
}

static long process_pss_kb(pid_t pid)
{
	char path[64], line[256];
	long kb = 0;
	FILE *f;

	snprintf(path, sizeof(path), "/proc/%d/smaps_rollup", pid);
	f = fopen(path, "re");
	if (!f)
		return 0;
	while (fgets(line, sizeof(line), f))
		if (sscanf(line, "Pss: %ld", &kb) == 1) /* NOLINT(cert-err34-c): the kernel's */
			break;
	fclose(f);
	return kb;
}

static size_t all_processes(struct process *out)
{
	DIR *dir = opendir("/proc");
	struct dirent *e;
	size_t n = 0;

	if (!dir)
		return 0;
	while (n < PROCESSES_MAX && (e = readdir(dir))) {
		if (!isdigit((unsigned char)e->d_name[0]))
			continue;
		out[n].pid = (int)strtol(e->d_name, NULL, 10);
		if (process_stat(out[n].pid, &out[n].parent, NULL))
			n++;
	}
	closedir(dir);
	return n;
}

/* root and its descendants, each once: a process has one parent. */
static size_t process_tree(pid_t root, pid_t *out)
{
	static struct process all[PROCESSES_MAX];
	size_t n_all = all_processes(all), n = 0;

	out[n++] = root;
	for (size_t i = 0; i < n; i++)
		for (size_t k = 0; k < n_all && n < TREE_MAX; k++)
			if (all[k].parent == out[i])
				out[n++] = all[k].pid;
	return n;
}

void servers_sample_cpu(struct servers *s, enum sample when)
{
	pid_t tree[TREE_MAX], parent;

	for (size_t i = 0; i < s->n; i++) {
		size_t n = process_tree(s->at[i].pid, tree);
		double sum = 0, one;

		for (size_t k = 0; k < n; k++)
			if (process_stat(tree[k], &parent, &one))
				sum += one;
		s->at[i].cpu_s[when] = sum;
	}
}

void servers_sample_memory(struct servers *s, enum sample when)
{
	pid_t tree[TREE_MAX];

	for (size_t i = 0; i < s->n; i++) {
		size_t n = process_tree(s->at[i].pid, tree);

		s->at[i].pss_kb[when] = 0;
		for (size_t k = 0; k < n; k++)
			s->at[i].pss_kb[when] += process_pss_kb(tree[k]);
	}
}

static double cpu_of(const struct server *v)
{
	return v->cpu_s[AT_END] - v->cpu_s[AT_BEGIN];
}

double servers_cpu(const struct servers *s)
{
	double sum = 0;

	for (size_t i = 0; i < s->n; i++)
		sum += cpu_of(&s->at[i]);
	return sum;
}

long servers_memory_growth_kb(const struct servers *s)
{
	return s->n ? s->at[0].pss_kb[AT_END] - s->at[0].pss_kb[AT_BEGIN] : 0;
}

void servers_print(const struct servers *s, FILE *out, double ops)
{
	double all = servers_cpu(s), first = s->n ? cpu_of(&s->at[0]) : 0;

	for (size_t i = 0; i < s->n; i++)
		fprintf(out, ",\"cpu_%s\":%.2f,\"pss_%s_kb\":%ld", s->at[i].name, cpu_of(&s->at[i]),
			s->at[i].name, s->at[i].pss_kb[AT_END]);
	if (s->n)
		fprintf(out, ",\"ops_per_cpu_s\":%.0f,\"ops_per_cpu_s_all\":%.0f",
			first > 0 ? ops / first : 0, all > 0 ? ops / all : 0);
}
