/* formats/pax_attr.c - extended attributes in pax headers: SCHILY.xattr.NAME.
 *
 * Floor 0.  They are read twice where they lie, as the map of a sparse file is: to look at all of them before the entry
 * is handed out, and by whoever makes its inode.  In between nothing remembers them.
 */
#include <string.h>

#include "formats/archive_parts.h"
#include "formats/bytes.h"
#include "formats/err.h"

static const char prefix[] = "SCHILY.xattr.";
enum { PREFIX = sizeof prefix - 1 };

static int refuse(const char **reason, int code, const char *sentence) {
  *reason = sentence;
  return code;
}

/* One byte of the name, which takes one or three of the key. */
static size_t take_byte(const char *key, size_t left, char *c) {
  *c = key[0];
  if (left < 3 || key[0] != '%') return 1;
  if (memcmp(key, "%25", 3) == 0) return 3;
  if (memcmp(key, "%3D", 3) != 0) return 1;
  *c = '=';
  return 3;
}

int pax_attr(const struct pax_record *r, char name[LIMIT_ATTR_NAME], size_t *len, const char **reason) {
  if (r->key.len < PREFIX || memcmp(r->key.at, prefix, PREFIX) != 0) return 0;
  *len = 0;
  for (size_t i = PREFIX; i < r->key.len; ++*len) {
    if (*len == LIMIT_ATTR_NAME)
      return refuse(reason, ERR_NAME, "an extended attribute's name is longer than 255 bytes");
    i += take_byte(r->key.at + i, r->key.len - i, &name[*len]);
  }
  if (*len == 0) return refuse(reason, ERR_NAME, "an extended attribute without a name");
  if (memchr(name, 0, *len)) return refuse(reason, ERR_NAME, "an extended attribute's name has a NUL byte");
  if (r->value.len > LIMIT_ATTR_VALUE)
    return refuse(reason, ERR_SIZE, "an extended attribute's value is more than 64 KiB");
  return 1;
}

/* The next one among the records of the header at x->at. */
static int next_in_header(const struct archive *a, struct archive_attr *x, uint64_t size) {
  const uint8_t *p = a->in->base + x->at + TAR_BLOCK;
  struct cursor records = cursor_over(p + x->inside, size - x->inside);
  struct pax_record r;
  const char *reason;
  while (pax_next(&records, &r, &reason) == 1) {
    x->inside = (uint64_t)(records.at - p);
    if (pax_attr(&r, x->name, &x->name_len, &reason) != 1) continue;
    x->value = (const uint8_t *)r.value.at;
    x->size = r.value.len;
    return 1;
  }
  return 0;
}

/* From the first header that extends the entry's to that itself. */
int archive_attr(const struct archive *a, const struct entry *e, struct archive_attr *x) {
  if (x->at == 0 && x->inside == 0) x->at = e->offset;
  while (x->at < e->attrs) {
    const struct tar_header *h = (const struct tar_header *)(a->in->base + x->at);
    uint64_t size;
    if (tar_number(h->size, sizeof h->size, &size) < 0) return 0;
    if (h->type[0] == 'x' && next_in_header(a, x, size)) return 1;
    x->at += TAR_BLOCK + bytes_round_up(size, TAR_BLOCK);
    x->inside = 0;
  }
  return 0;
}
