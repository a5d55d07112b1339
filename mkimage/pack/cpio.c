/* mkimage/pack/cpio.c - entries of a newc archive: see cpio.h. */
#include "mkimage/pack/cpio.h"

#include <string.h>

#include "formats/bytes.h"
#include "formats/limits.h"
#include "formats/newc.h"

enum { CPIO_NAME_MAX = 4096 }; /* Linux refuses longer name fields */

/* Where the parts of an entry are: its name, the name field with NULs behind it, what stands behind that. */
struct cpio_entry {
  const char *path;
  size_t path_len;
  uint32_t name_size;
  uint64_t target, body; /* one of them, or none, is not 0 */
  uint64_t start, next;  /* of target or body; of the next entry */
};

/* How long the name field is, NULs behind the name counted, for an entry whose header stands at `at`. */
static uint32_t cpio_name_size(uint64_t at, size_t name, bool aligned) {
  uint32_t tight = (uint32_t)name + 1;
  if (!aligned) return tight;
  uint64_t padded = bytes_round_up(at + NEWC_HEADER + tight, LIMIT_PAGE) - at - NEWC_HEADER;
  return padded <= CPIO_NAME_MAX ? (uint32_t)padded : tight;
}

static void cpio_entry(const struct tree *t, size_t i, uint64_t at, struct cpio_entry *e) {
  const struct tree_inode *n = i < t->names ? t->name[i].inode : NULL;
  e->path = n != NULL ? t->name[i].path : NEWC_TRAILER;
  e->path_len = strlen(e->path);
  e->target = n != NULL && S_ISLNK(n->mode) ? n->size : 0;
  e->body = n != NULL && S_ISREG(n->mode) && t->name[i].last ? n->size : 0;
  uint64_t content = e->target + e->body;
  e->name_size = cpio_name_size(at, e->path_len, n != NULL && format_aligned(n->mode, e->body));
  e->start = bytes_round_up(at + NEWC_HEADER + e->name_size, NEWC_ALIGN);
  e->next = bytes_round_up(e->start + content, NEWC_ALIGN);
}

static void cpio_measure(const struct tree *t, size_t i, uint64_t at, struct format_span *span) {
  struct cpio_entry e;
  cpio_entry(t, i, at, &e);
  span->head = (e.body > 0 ? e.start : e.next) - at;
  span->body = e.body;
  span->pad = e.next - at - span->head - e.body;
}

static void cpio_encode(const struct tree *t, size_t i, uint64_t at, uint8_t *head) {
  struct cpio_entry e;
  struct newc h = {.nlink = 1};
  cpio_entry(t, i, at, &e);
  if (i < t->names) {
    const struct tree_inode *n = t->name[i].inode;
    h = (struct newc){.ino = n->number,
                      .mode = n->mode,
                      .uid = n->uid,
                      .gid = n->gid,
                      .nlink = n->nlink,
                      .mtime = (uint32_t)n->mtime,
                      .size = (uint32_t)(e.target + e.body),
                      .rdev_major = n->rdev_major,
                      .rdev_minor = n->rdev_minor};
  }
  h.name_size = e.name_size;
  newc_encode(&h, head);
  uint8_t *end = head + ((e.body > 0 ? e.start : e.next) - at), *p = head + NEWC_HEADER;
  memcpy(p, e.path, e.path_len);
  p += e.path_len;
  memset(p, 0, (size_t)(end - p));
  if (e.target > 0) memcpy(head + (e.start - at), t->name[i].inode->target, (size_t)e.target);
}

const struct format cpio_format = {"newc", cpio_measure, cpio_encode};
