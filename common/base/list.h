/* Intrusive doubly linked list. The head is a node of its own; an unlinked node points at itself.
 * Rank 0. */
#ifndef PLY_BASE_LIST_H
#define PLY_BASE_LIST_H

#include "base/ply.h"

struct ply_list {
	struct ply_list *next, *prev;
};

static inline void ply_list_init(struct ply_list *n)
{
	n->next = n->prev = n;
}

static inline bool ply_list_empty(const struct ply_list *n)
{
	return n->next == n;
}

/* Before `at`: at the end when `at` is the head. */
static inline void ply_list_add_before(struct ply_list *at, struct ply_list *n)
{
	n->prev = at->prev;
	n->next = at;
	at->prev->next = n;
	at->prev = n;
}

static inline void ply_list_push(struct ply_list *head, struct ply_list *n)
{
	ply_list_add_before(head, n);
}

static inline void ply_list_push_front(struct ply_list *head, struct ply_list *n)
{
	ply_list_add_before(head->next, n);
}

/* Fine on an unlinked (initialised) node. Leaves n unlinked. */
static inline void ply_list_del(struct ply_list *n)
{
	n->prev->next = n->next;
	n->next->prev = n->prev;
	ply_list_init(n);
}

/* First node, or NULL when empty. */
static inline struct ply_list *ply_list_first(struct ply_list *head)
{
	return head->next == head ? NULL : head->next;
}

/* NOLINTBEGIN(bugprone-macro-parentheses): `it` is declared, not used */
#define PLY_LIST_FOR(it, head) for (struct ply_list *it = (head)->next; it != (head); it = it->next)
/* `it` may be unlinked and freed in the body; its neighbour may not. */
#define PLY_LIST_FOR_SAFE(it, tmp, head)                                                           \
	for (struct ply_list *it = (head)->next, *tmp = it->next; it != (head);                    \
	     it = tmp, tmp = it->next)
/* NOLINTEND(bugprone-macro-parentheses) */

#endif
