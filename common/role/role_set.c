#include "role/role_internal.h"

#include "base/err.h"
#include "base/mem.h"

#include <errno.h>

int ply_role_set_init(struct ply_role_set *set, const struct ply_role *role, const char *path)
{
	*set = (struct ply_role_set){.role = role, .path = path};
	ply_role_own_items(set->own_items, role->name);
	set->conf = ply_calloc(1, role->conf_size ? role->conf_size : 1);
	return set->conf ? 0 : ply_err_origin(-ENOMEM);
}

void ply_role_set_clear(struct ply_role_set *set)
{
	if (!set->conf)
		return;
	ply_conf_clear(ply_role_common_items, &set->common);
	ply_conf_clear(set->own_items, &set->own);
	ply_conf_clear(set->role->conf, set->conf);
	ply_free(set->conf);
	set->conf = NULL;
}

int ply_role_set_load(struct ply_role_set *set, struct ply_strbuf *err)
{
	const struct ply_conf_item *const tables[] = {ply_role_common_items, set->own_items,
						      set->role->conf, NULL};
	void *const confs[] = {&set->common, &set->own, set->conf, NULL};

	return ply_conf_load(set->path, tables, confs, ply_role_names, err);
}

int ply_role_set_reload(struct ply_role_set *set, struct ply_strbuf *report)
{
	struct ply_role_set fresh;
	int r = ply_role_set_init(&fresh, set->role, set->path);

	if (!r)
		r = ply_role_set_load(&fresh, report);
	if (!r) {
		(void)ply_conf_reload(ply_role_common_items, &set->common, &fresh.common, report);
		(void)ply_conf_reload(set->own_items, &set->own, &fresh.own, report);
		(void)ply_conf_reload(set->role->conf, set->conf, fresh.conf, report);
	}
	ply_role_set_clear(&fresh);
	return r;
}

void ply_role_set_print_help(struct ply_role_set *set, struct ply_strbuf *out)
{
	struct ply_strbuf b = PLY_STRBUF_INIT;
	struct ply_slice text;

	ply_conf_print_help(ply_role_common_items, out);
	ply_strbuf_addc(out, '\n');
	ply_conf_print_help(set->own_items, out);
	/* The role's own keys go on in the same section: without its title once more. */
	ply_conf_print_help(set->role->conf, &b);
	text = ply_strbuf_slice(&b);
	if (ply_slice_starts(text, "["))
		text = ply_slice_from(text, ply_slice_chr(text, '\n') + 1);
	ply_strbuf_add_slice(out, text);
	ply_strbuf_deinit(&b);
}

void ply_role_apply_log(const struct ply_role_set *set)
{
	const char *fqdn = set->common.fqdn;
	char host[64];
	size_t n = strcspn(fqdn, ".");

	if (ply_slice_copy(ply_slice(fqdn, n), host, sizeof host))
		ply_log_set_host(host);
	ply_log_set_level((enum ply_log_level)set->common.log_level);
	ply_log_set_json(set->common.log_format == PLY_LOG_FORMAT_JSON);
}
