#include "base/conf.h"

struct conf {
	char *text, *path, *list, *addr;
	bool flag;
	uint32_t n, secs, size, choice;
};

#define AT(f) offsetof(struct conf, f)
static const struct ply_conf_item items[] = {
	{"a", "text", PLY_CONF_STR, PLY_CONF_SECRET, AT(text), 0, 0, NULL, NULL, ""},
	{"a", "path", PLY_CONF_PATH, 0, AT(path), 0, 0, NULL, NULL, ""},
	{"a", "list", PLY_CONF_LIST, 0, AT(list), 0, 0, NULL, NULL, ""},
	{"a", "addr", PLY_CONF_ADDR, 0, AT(addr), 0, 0, NULL, NULL, ""},
	{"a", "flag", PLY_CONF_BOOL, 0, AT(flag), 0, 0, NULL, NULL, ""},
	{"b", "n", PLY_CONF_UINT, 0, AT(n), 1, 9, NULL, NULL, ""},
	{"b", "secs", PLY_CONF_SECS, 0, AT(secs), 0, 0, NULL, NULL, ""},
	{"b", "size", PLY_CONF_SIZE, 0, AT(size), 0, 0, NULL, NULL, ""},
	{"b", "choice", PLY_CONF_ENUM, 0, AT(choice), 0, 0, NULL, "x|y", ""},
	{0},
};

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const struct ply_conf_item *const tables[] = {items, NULL};
	static const char *const others[] = {"other", NULL};
	struct ply_strbuf err = PLY_STRBUF_INIT;
	struct conf c = {0};
	void *const confs[] = {&c, NULL};

	(void)ply_conf_load_text("f.conf", ply_slice((const char *)data, size), tables, confs,
				 others, &err);
	ply_conf_clear(items, &c);
	ply_strbuf_deinit(&err);
	return 0;
}
