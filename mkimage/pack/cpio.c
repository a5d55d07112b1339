/* mkimage/pack/cpio.c - the archive writer: see cpio.h. */
#include "mkimage/pack/cpio.h"

#include <string.h>

#include "formats/bytes.h"
#include "formats/limits.h"
#include "formats/newc.h"

enum { CPIO_NAME_MAX = 4096 }; /* Linux refuses longer name fields */

/* How long the name field is, NULs behind the name counted, for an entry whose header stands at `at`. */
static uint32_t cpio_name_size(uint64_t at, size_t name, uint64_t content) {
  uint32_t tight = (uint32_t)name + 1;
  if (content < LIMIT_PAGE) return tight;
  uint64_t padded = bytes_round_up(at + NEWC_HEADER + tight, LIMIT_PAGE) - at - NEWC_HEADER;
  return padded <= CPIO_NAME_MAX ? (uint32_t)padded : tight;
}

static uint64_t cpio_content(const struct tree_name *name) {
  const struct tree_inode *n = name->inode;
  if (S_ISLNK(n->mode)) return n->size;
  return S_ISREG(n->mode) && name->last ? n->size : 0;
}

/* Where the content of an entry begins, and where the next header stands. */
static uint64_t cpio_body(uint64_t at, uint32_t name_size) {
  return bytes_round_up(at + NEWC_HEADER + name_size, NEWC_ALIGN);
}

static uint64_t cpio_next(uint64_t at, const char *path, uint64_t content) {
  uint64_t body = cpio_body(at, cpio_name_size(at, strlen(path), content));
  return bytes_round_up(body + content, NEWC_ALIGN);
}

uint64_t cpio_size(const struct tree *t) {
  uint64_t at = 0;
  for (size_t i = 0; i < t->names; i++) at = cpio_next(at, t->name[i].path, cpio_content(&t->name[i]));
  return cpio_next(at, NEWC_TRAILER, 0);
}

static int cpio_zeros(struct sink *to, uint64_t n) {
  static const uint8_t zeros[LIMIT_PAGE];
  int status = 0;
  for (uint64_t piece; n > 0 && status == 0; n -= piece) {
    piece = n < sizeof zeros ? n : sizeof zeros;
    status = sink_put(to, zeros, (size_t)piece);
  }
  return status;
}

static int cpio_header(struct sink *to, const struct newc *h, const char *path, uint64_t pad) {
  uint8_t raw[NEWC_HEADER];
  newc_encode(h, raw);
  int status = sink_put(to, raw, sizeof raw);
  if (status == 0) status = sink_put(to, path, strlen(path));
  return status == 0 ? cpio_zeros(to, pad) : status;
}

static int cpio_take(void *to, const uint8_t *bytes, size_t n) { return sink_put(to, bytes, n); }

/* One entry whose header stands at *at. */
static int cpio_entry(const struct tree *t, const struct say *say, const struct tree_name *name, struct sink *to,
                      uint64_t *at) {
  const struct tree_inode *n = name->inode;
  uint64_t content = cpio_content(name), next = cpio_next(*at, name->path, content);
  uint32_t name_size = cpio_name_size(*at, strlen(name->path), content);
  uint64_t body = cpio_body(*at, name_size);
  struct newc h = {.ino = n->number,
                   .mode = n->mode,
                   .uid = n->uid,
                   .gid = n->gid,
                   .nlink = n->nlink,
                   .mtime = (uint32_t)n->mtime,
                   .size = (uint32_t)content,
                   .rdev_major = n->rdev_major,
                   .rdev_minor = n->rdev_minor,
                   .name_size = name_size};
  int status = cpio_header(to, &h, name->path, body - *at - NEWC_HEADER - strlen(name->path));
  if (status == 0 && S_ISLNK(n->mode))
    status = sink_put(to, n->target, n->size);
  else if (status == 0 && content > 0)
    status = tree_read(t, say, n, cpio_take, to);
  if (status == 0) status = cpio_zeros(to, next - body - content);
  *at = next;
  return status;
}

int cpio_write(const struct tree *t, const struct say *say, struct sink *to) {
  uint64_t at = 0;
  int status = 0;
  struct newc trailer = {.nlink = 1, .name_size = sizeof NEWC_TRAILER};
  for (size_t i = 0; i < t->names && status == 0; i++) status = cpio_entry(t, say, &t->name[i], to, &at);
  if (status != 0) return status;
  return cpio_header(to, &trailer, NEWC_TRAILER,
                     cpio_next(at, NEWC_TRAILER, 0) - at - NEWC_HEADER - strlen(NEWC_TRAILER));
}
