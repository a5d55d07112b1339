/* mkimage/lib/attr.c - a list of extended attributes: see attr.h. */
#include "mkimage/lib/attr.h"

#include <string.h>

bool attr_add(struct pool *p, struct attr **list, const char *name, const void *value, size_t size) {
  while (*list != NULL && strcmp((*list)->name, name) < 0) list = &(*list)->next;
  if (*list != NULL && strcmp((*list)->name, name) == 0) return true;
  struct attr *x = pool_take(p, sizeof *x);
  if (x == NULL) return false;
  *x = (struct attr){*list, pool_copy(p, name, strlen(name)), NULL, size};
  x->value = (const uint8_t *)pool_copy(p, size > 0 ? value : "", size);
  if (x->name == NULL || x->value == NULL) return false;
  *list = x;
  return true;
}

void attr_remove(struct attr **list, const char *name) {
  while (*list != NULL && strcmp((*list)->name, name) != 0) list = &(*list)->next;
  if (*list != NULL) *list = (*list)->next;
}
