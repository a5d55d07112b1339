/* mkimage/lib/attr.c - a list of extended attributes: see attr.h.
 *
 * An archive may bring sixteen thousand of them for one file, so the list is sorted once, by merging.
 */
#include "mkimage/lib/attr.h"

#include <string.h>

/* In front: the order is that of adding, backwards. */
bool attr_add(struct pool *p, struct attr **list, const char *name, const void *value, size_t size) {
  struct attr *x = pool_take(p, sizeof *x);
  if (x == NULL) return false;
  *x = (struct attr){*list, pool_copy(p, name, strlen(name)), NULL, size};
  x->value = (const uint8_t *)pool_copy(p, size > 0 ? value : "", size);
  if (x->name == NULL || x->value == NULL) return false;
  *list = x;
  return true;
}

static struct attr *attr_reverse(struct attr *list) {
  struct attr *back = NULL;
  for (struct attr *next; list != NULL; list = next) {
    next = list->next;
    list->next = back;
    back = list;
  }
  return back;
}

/* Of equal names those of a stand first. */
static struct attr *attr_merge(struct attr *a, struct attr *b) {
  struct attr *list = NULL, **end = &list;
  while (a != NULL && b != NULL) {
    struct attr **least = strcmp(a->name, b->name) <= 0 ? &a : &b;
    *end = *least;
    *least = (*least)->next;
    end = &(*end)->next;
  }
  *end = a != NULL ? a : b;
  return list;
}

/* Sorts the first n, which come off *list. */
static struct attr *attr_sorted(struct attr **list, size_t n) {
  struct attr *one = *list;
  if (n == 1) {
    *list = one->next;
    one->next = NULL;
    return one;
  }
  struct attr *front = attr_sorted(list, n / 2);
  return attr_merge(front, attr_sorted(list, n - n / 2));
}

void attr_sort(struct attr **list, enum attr_stays stays) {
  size_t n = 0;
  if (stays == ATTR_FIRST) *list = attr_reverse(*list);
  for (const struct attr *x = *list; x != NULL; x = x->next) n++;
  if (n == 0) return;
  *list = attr_sorted(list, n);
  for (struct attr *x = *list; x->next != NULL;)
    if (strcmp(x->name, x->next->name) == 0)
      x->next = x->next->next;
    else
      x = x->next;
}
