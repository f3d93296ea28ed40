/* What the codecs of this folder share. Readers remember a refusal in `in->err`; writers use a
 * writer of the caller's. */
#ifndef PLY_C3P_C3P_INTERNAL_H
#define PLY_C3P_C3P_INTERNAL_H

#include "c3p/c3p.h"
#include "xml/xml_ns.h"
#include "xml/xml_write.h"

/* A roster's size. */
extern const struct ply_xml_limits ply_ci_limits;

/* Position of a word in a table whose first entry is "", any case; 0 for what is unknown. */
unsigned ply_c3p_word(const char *const *names, size_t n, struct ply_slice s);

/* Attribute without prefix or in ns. */
struct ply_slice ply_ci_attr(const struct ply_xml_el *el, const char *ns, const char *name);
/* A copy; longer than max is refused. Texts are kept with their blanks, tokens without. */
struct ply_slice ply_ci_take(struct ply_xmlin *in, struct ply_slice s, size_t max);
struct ply_slice ply_ci_take_text(struct ply_xmlin *in, const struct ply_xml_el *el,
				  const char *name);
struct ply_slice ply_ci_take_token(struct ply_xmlin *in, const struct ply_xml_el *el,
				   const char *name, size_t max);
/* Memory for the children of el of this name; more than max are refused. NULL when there are none.
 */
void *ply_ci_take_array(struct ply_xmlin *in, const struct ply_xml_el *el, const char *name,
			size_t max, size_t size);
/* xs:boolean in the child of this name: 1, 0, -1 when there is none; other words are refused. */
int ply_ci_take_bool(struct ply_xmlin *in, const struct ply_xml_el *el, const char *name);

void ply_ci_read(struct ply_xmlin *in, struct ply_ci *out, const struct ply_xml_el *el);
void ply_ci_read_user(struct ply_xmlin *in, struct ply_ci_user *u, const struct ply_xml_el *el);
void ply_ci_read_endpoint(struct ply_xmlin *in, struct ply_ci_endpoint *e,
			  const struct ply_xml_el *el);
/* The elements of this name below `list`. GIVES to the arena. */
struct ply_ci_media *ply_ci_read_media(struct ply_xmlin *in, const struct ply_xml_el *list,
				       const char *name, size_t *n);

/* rooted: outside of a conference-info, with the namespaces declared. */
void ply_ci_put_user(struct ply_xmlw *w, const struct ply_ci_user *u, bool rooted);
void ply_ci_put_endpoint(struct ply_xmlw *w, const struct ply_ci_endpoint *e, bool rooted);
void ply_ci_put_media(struct ply_xmlw *w, const struct ply_ci_media *m, bool rooted);
void ply_ci_put_word(struct ply_xmlw *w, const char *name, const char *word);
void ply_ci_put_state(struct ply_xmlw *w, const char *name, enum ply_ci_state state);

/* Parts of requests and responses: c3p_parts_xml.c. */
struct ply_c3p_head {
	struct ply_slice request_id, from, to;
};
void ply_c3p_read_head(struct ply_xmlin *in, struct ply_c3p_head *out);
void ply_c3p_read_keys(struct ply_xmlin *in, struct ply_c3p_keys *out,
		       const struct ply_xml_el *cmd);
void ply_c3p_put_keys(struct ply_xmlw *w, const struct ply_c3p_keys *k);
/* The command as first child: its code and name. NULL: there is not exactly one, refused. */
const struct ply_xml_el *ply_c3p_read_cmd(struct ply_xmlin *in, enum ply_c3p_cmd *cmd,
					  struct ply_slice *name);
/* The element's name with a NUL; "" for none or one that is too long. LENDS buf or static text. */
const char *ply_c3p_name_text(enum ply_c3p_cmd cmd, struct ply_slice name,
			      char buf[PLY_C3P_MAX_NAME + 3]);
/* Attributes of Parley's own namespace. */
struct ply_slice ply_c3p_own(struct ply_xmlin *in, const struct ply_xml_el *el, const char *name);
uint64_t ply_c3p_own_u64(struct ply_xmlin *in, const struct ply_xml_el *el, const char *name,
			 uint64_t max);
void ply_c3p_put_own_u64(struct ply_xmlw *w, const char *name, uint64_t v);

#endif
