#include "net/wheel.h"

static void splice(struct ply_list *to, struct ply_list *from)
{
	if (ply_list_empty(from))
		return;
	from->next->prev = to->prev;
	to->prev->next = from->next;
	from->prev->next = to;
	to->prev = from->prev;
	ply_list_init(from);
}

void ply_wheel_init(struct ply_wheel *w, uint64_t now)
{
	w->now = now;
	w->n = 0;
	ply_list_init(&w->soon);
	for (unsigned l = 0; l < PLY_WHEEL_LEVELS; l++) {
		w->used[l] = 0;
		for (unsigned s = 0; s < PLY_WHEEL_SLOTS; s++)
			ply_list_init(&w->slot[l][s]);
	}
}

static void place(struct ply_wheel *w, struct ply_timer *t)
{
	uint64_t diff = t->when ^ w->now;
	unsigned level, slot;

	if (t->when <= w->now) {
		ply_list_push(&w->soon, &t->node);
		return;
	}
	level = (63U - (unsigned)__builtin_clzll(diff)) / PLY_WHEEL_BITS;
	slot = (unsigned)(t->when >> (level * PLY_WHEEL_BITS)) % PLY_WHEEL_SLOTS;
	w->used[level] |= UINT64_C(1) << slot;
	ply_list_push(&w->slot[level][slot], &t->node);
}

void ply_wheel_add(struct ply_wheel *w, struct ply_timer *t)
{
	w->n++;
	place(w, t);
}

void ply_wheel_del(struct ply_wheel *w, struct ply_timer *t)
{
	const struct ply_list *head = t->node.next == t->node.prev ? t->node.next : NULL;
	uintptr_t at = (uintptr_t)head, first = (uintptr_t)&w->slot[0][0];

	ply_list_del(&t->node);
	t->node.next = NULL;
	w->n--;
	/* It was alone: if its neighbour is the head of a slot, that slot is empty now. */
	if (head && at >= first && at < first + sizeof w->slot) {
		size_t i = (at - first) / sizeof(struct ply_list);

		w->used[i / PLY_WHEEL_SLOTS] &= ~(UINT64_C(1) << (i % PLY_WHEEL_SLOTS));
	}
}

/* The earliest slot in use; false when there is none. Slots in use lie after the wheel's own slot
 * of their level, so no level ever wraps. */
static bool earliest(const struct ply_wheel *w, unsigned *level, unsigned *slot, uint64_t *start)
{
	for (unsigned l = 0; l < PLY_WHEEL_LEVELS; l++) {
		unsigned shift = l * PLY_WHEEL_BITS;
		uint64_t upper =
			shift + PLY_WHEEL_BITS < 64 ? ~UINT64_C(0) << (shift + PLY_WHEEL_BITS) : 0;

		if (!w->used[l])
			continue;
		*level = l;
		*slot = (unsigned)__builtin_ctzll(w->used[l]);
		*start = (w->now & upper) | ((uint64_t)*slot << shift);
		return true;
	}
	return false;
}

uint64_t ply_wheel_next(const struct ply_wheel *w)
{
	unsigned level, slot;
	uint64_t start;

	if (w->soon.next != &w->soon)
		return w->now;
	return earliest(w, &level, &slot, &start) ? start : UINT64_MAX;
}

void ply_wheel_expire(struct ply_wheel *w, uint64_t now, struct ply_list *due)
{
	unsigned level, slot;
	uint64_t start;

	splice(due, &w->soon);
	while (earliest(w, &level, &slot, &start) && start <= now) {
		struct ply_list moving;

		w->now = start;
		w->used[level] &= ~(UINT64_C(1) << slot);
		if (level == 0) {
			splice(due, &w->slot[0][slot]);
			continue;
		}
		ply_list_init(&moving);
		splice(&moving, &w->slot[level][slot]);
		PLY_LIST_FOR_SAFE(it, tmp, &moving) {
			ply_list_del(it);
			place(w, container_of(it, struct ply_timer, node));
		}
		splice(due, &w->soon);
	}
	if (now > w->now)
		w->now = now;
}
