/* mkimage/mount/mount_nodes.c - how often the kernel looked each inode up, and has not forgotten yet.
 *
 * A count of its own, as wide as FUSE's: with names that are asked for each time it goes up by one for each path that
 * anybody walks.
 */
#include <stdlib.h>

#include "mkimage/mount/mount_parts.h"

enum { NODES_FIRST = 256 };

static size_t nodes_home(const struct nodes *n, taproot_ino ino) {
  return (size_t)(ino * UINT64_C(0x9e3779b97f4a7c15) >> 32) & (n->room - 1);
}

/* The row of the inode, or the free one where it would stand. */
static size_t nodes_at(const struct nodes *n, taproot_ino ino) {
  size_t i = nodes_home(n, ino);
  while (n->row[i].ino != 0 && n->row[i].ino != ino) i = (i + 1) & (n->room - 1);
  return i;
}

/* At most half of the rows are taken. */
static bool nodes_room(struct nodes *n) {
  if (n->used < n->room / 2) return true;
  struct nodes bigger = {.room = n->room ? n->room * 2 : NODES_FIRST, .used = n->used};
  bigger.row = calloc(bigger.room, sizeof *bigger.row);
  if (bigger.row == NULL) return false;
  for (size_t i = 0; i < n->room; i++)
    if (n->row[i].ino != 0) bigger.row[nodes_at(&bigger, n->row[i].ino)] = n->row[i];
  free(n->row);
  *n = bigger;
  return true;
}

bool nodes_add(struct nodes *n, taproot_ino ino, bool *known) {
  if (!nodes_room(n)) return false;
  struct nodes_row *r = &n->row[nodes_at(n, ino)];
  *known = r->ino != 0;
  r->ino = ino;
  r->lookups++;
  n->used += !*known;
  return true;
}

/* Rows behind a free one move up as long as they could not be found otherwise. */
static void nodes_remove(struct nodes *n, size_t hole) {
  size_t mask = n->room - 1;
  n->used--;
  for (size_t i = (hole + 1) & mask; n->row[i].ino != 0; i = (i + 1) & mask) {
    if (((i - nodes_home(n, n->row[i].ino)) & mask) < ((i - hole) & mask)) continue;
    n->row[hole] = n->row[i];
    hole = i;
  }
  n->row[hole] = (struct nodes_row){0};
}

bool nodes_forget(struct nodes *n, taproot_ino ino, uint64_t lookups) {
  if (n->room == 0) return false;
  size_t i = nodes_at(n, ino);
  if (n->row[i].ino == 0) return false;
  if (n->row[i].lookups > lookups) {
    n->row[i].lookups -= lookups;
    return false;
  }
  nodes_remove(n, i);
  return true;
}

void nodes_drop(struct nodes *n) {
  free(n->row);
  *n = (struct nodes){0};
}
