/* kernel/boot/unpack_links.c - which entries of an archive are names of one inode.
 *
 * A hash table with open addressing, at most three quarters full, keyed by device and inode number.  It holds its
 * inodes, for a later entry may take an earlier one's name away.
 */
#include <string.h>

#include "kernel/boot/unpack_inner.h"

enum { ROWS_FIRST = 64 };

static bool same(const struct unpack_link *r, const struct unpack_link *key) {
  return r->ino == key->ino && r->dev_major == key->dev_major && r->dev_minor == key->dev_minor;
}

/* Names of one inode have one type: of several with one number they are apart, as Linux has it. */
static struct unpack_link key_of(const struct entry *e) {
  uint64_t type = e->mode & MODE_TYPE;
  return (struct unpack_link){e->ino | type << 32, e->dev_major, e->dev_minor, NULL};
}

/* The row of a key, or the empty row where it belongs. */
static struct unpack_link *row_of(const struct unpack_links *l, const struct unpack_link *key) {
  uint64_t hash =
      (key->ino ^ ((uint64_t)key->dev_major << 40) ^ ((uint64_t)key->dev_minor << 20)) * UINT64_C(0x9e3779b97f4a7c15);
  for (size_t i = (size_t)(hash >> 20) & (l->rows - 1);; i = (i + 1) & (l->rows - 1))
    if (!l->row[i].inode || same(&l->row[i], key)) return &l->row[i];
}

struct inode *unpack_links_find(const struct unpack_links *l, const struct entry *e) {
  const struct unpack_link key = key_of(e);
  return l->rows ? row_of(l, &key)->inode : NULL;
}

static int grow(struct unpack_links *l, struct heap *heap) {
  struct unpack_links more = {NULL, l->rows ? l->rows * 2 : ROWS_FIRST, l->used};
  more.row = heap_take_zero(heap, more.rows * sizeof *more.row);
  if (!more.row) return ERR_NOMEM;
  for (size_t i = 0; i < l->rows; i++)
    if (l->row[i].inode) *row_of(&more, &l->row[i]) = l->row[i];
  heap_give(heap, l->row);
  *l = more;
  return 0;
}

int unpack_links_add(struct unpack_links *l, struct heap *heap, const struct entry *e, struct inode *i) {
  const struct unpack_link key = key_of(e);
  if (l->used >= l->rows / 4 * 3 && grow(l, heap) < 0) return ERR_NOMEM;
  struct unpack_link *row = row_of(l, &key);
  *row = key;
  row->inode = fs_hold(i);
  l->used++;
  return 0;
}

void unpack_links_drop(struct unpack_links *l, struct heap *heap) {
  for (size_t i = 0; i < l->rows; i++)
    if (l->row[i].inode) fs_let_go(l->row[i].inode);
  heap_give(heap, l->row);
  memset(l, 0, sizeof *l);
}
