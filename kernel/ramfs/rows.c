/* kernel/ramfs/rows.c - an array in pieces of a page.
 *
 * Floor 4, under names.c.  A directory of a million names needs no run of contiguous memory and
 * is never copied as a whole; one of five names costs a few dozen bytes: only the
 * first piece starts small and grows, up to a page, by sizes that fill what the heap gives for them.
 */
#include <assert.h>
#include <string.h>

#include "kernel/ramfs/ramfs_inner.h"

static const uint16_t first_bytes[] = {64, 256, 800, 2016, PAGE};

/* The list of pieces doubles at powers of two, so its room needs no field. */
static int rows_list(struct heap *h, struct rows *r) {
  if (r->pieces & (r->pieces - 1)) return 0;
  uint8_t **list = heap_take(h, (r->pieces ? r->pieces * 2 : 1) * sizeof *list);
  if (!list) return ERR_NOMEM;
  if (r->pieces) memcpy(list, r->piece, r->pieces * sizeof *list);
  heap_give(h, r->piece);
  r->piece = list;
  return 0;
}

static int rows_piece(struct heap *h, struct rows *r, uint32_t bytes) {
  uint8_t *p = heap_take(h, bytes);
  if (!p) return ERR_NOMEM;
  if (rows_list(h, r)) {
    heap_give(h, p);
    return ERR_NOMEM;
  }
  r->piece[r->pieces++] = p;
  return 0;
}

static int rows_first(struct heap *h, struct rows *r, uint32_t count, uint32_t size) {
  unsigned step = 0;
  while (first_bytes[step] < PAGE && first_bytes[step] / size < count) step++;
  uint32_t bytes = first_bytes[step];
  if (r->pieces == 0) {
    if (rows_piece(h, r, bytes)) return ERR_NOMEM;
  } else {
    uint8_t *p = heap_take(h, bytes);
    if (!p) return ERR_NOMEM;
    memcpy(p, r->piece[0], (size_t)r->room * size);
    heap_give(h, r->piece[0]);
    r->piece[0] = p;
  }
  r->room = bytes / size;
  return 0;
}

int rows_grow(struct heap *h, struct rows *r, uint32_t count, uint32_t size) {
  uint32_t per = PAGE / size;
  if (r->room < per && rows_first(h, r, count, size)) return ERR_NOMEM;
  for (; r->room < count; r->room += per)
    if (rows_piece(h, r, PAGE)) return ERR_NOMEM;
  return 0;
}

void rows_cut(struct heap *h, struct rows *r, uint32_t count, uint32_t size) {
  uint32_t keep = count / (PAGE / size) + 2; /* one spare: a name that comes and goes costs nothing */
  for (; r->pieces > keep; r->room -= PAGE / size) heap_give(h, r->piece[--r->pieces]);
}

void rows_drop(struct heap *h, struct rows *r) {
  while (r->pieces) heap_give(h, r->piece[--r->pieces]);
  heap_give(h, r->piece);
  *r = (struct rows){0};
}
