/* mkimage/pack/pax.c - entries of a pax archive: see pax.h. */
#include "mkimage/pack/pax.h"

#include <stdio.h>
#include <string.h>

#include "formats/bytes.h"
#include "formats/limits.h"
#include "formats/tar.h"

enum { PAX_NUMBER = 24, PAX_TIME = 40 };
#define PAX_OCTAL(field) (((uint64_t)1 << 3 * (sizeof(field) - 1)) - 1) /* the most that it holds, with its NUL */

/* What an entry is made of. */
struct pax_entry {
  const char *path;
  const struct tree_inode *n;
  size_t len, prefix; /* of the path, with a directory's slash; of its part in front of the slash that falls away */
  bool fits;          /* into the header's two fields */
  const char *link;   /* what it is a further name of, or a symlink's target; else NULL */
  bool further;
  uint64_t body;
};

static const struct tar_header *no_header; /* for sizes of its fields */

/* --- what fits ------------------------------------------------------------------- */

/* A path in two: at most 155 bytes, a slash, at most 100. */
static bool pax_split(struct pax_entry *e) {
  e->prefix = 0;
  if (e->len <= sizeof no_header->name) return true;
  for (size_t at = e->len - sizeof no_header->name - 1; at < e->len - 1 && at <= sizeof no_header->prefix; at++)
    if (at > 0 && e->path[at] == '/') {
      e->prefix = at;
      return true;
    }
  return false;
}

static void pax_entry(const struct tree *t, size_t i, struct pax_entry *e) {
  const struct tree_inode *n = t->name[i].inode;
  *e = (struct pax_entry){.path = t->name[i].path, .n = n};
  e->len = strlen(e->path) + S_ISDIR(n->mode);
  e->fits = pax_split(e);
  e->further = n->first != e->path;
  e->link = e->further ? n->first : S_ISLNK(n->mode) ? n->target : NULL;
  e->body = S_ISREG(n->mode) && !e->further ? n->size : 0;
}

static bool pax_time_fits(const struct tree_inode *n) {
  return n->mtime >= 0 && (uint64_t)n->mtime <= PAX_OCTAL(no_header->mtime) && n->mtime_ns == 0;
}

/* --- records ---------------------------------------------------------------------- */

/* With out NULL it only counts. */
struct pax_writer {
  uint8_t *out;
  uint64_t used;
};

static void pax_put(struct pax_writer *w, const void *bytes, size_t n) {
  if (w->out != NULL && n > 0) memcpy(w->out + w->used, bytes, n);
  w->used += n;
}

static void pax_fill(struct pax_writer *w, int byte, uint64_t n) {
  if (w->out != NULL) memset(w->out + w->used, byte, (size_t)n);
  w->used += n;
}

static uint64_t pax_digits(uint64_t n) {
  uint64_t digits = 1;
  for (; n >= 10; n /= 10) digits++;
  return digits;
}

/* "LENGTH KEY=": LENGTH counts its own digits, too. */
static void pax_begin(struct pax_writer *w, const char *key, uint64_t key_len, uint64_t value) {
  char text[PAX_NUMBER];
  uint64_t rest = 1 + key_len + 1 + value + 1, all = rest + pax_digits(rest);
  if (rest + pax_digits(all) != all) all++;
  pax_put(w, text, (size_t)snprintf(text, sizeof text, "%llu ", (unsigned long long)all));
  pax_put(w, key, key_len);
  pax_put(w, "=", 1);
}

static void pax_text(struct pax_writer *w, const char *key, const char *value, size_t n) {
  pax_begin(w, key, strlen(key), n);
  pax_put(w, value, n);
  pax_put(w, "\n", 1);
}

static void pax_number(struct pax_writer *w, const char *key, uint64_t value, uint64_t most) {
  char text[PAX_NUMBER];
  if (value > most) pax_text(w, key, text, (size_t)snprintf(text, sizeof text, "%llu", (unsigned long long)value));
}

/* Decimal; nine digits behind the point, zeros at the end left out.  -2.25 is second -3 and 750,000,000 ns. */
static void pax_time(struct pax_writer *w, const struct tree_inode *n) {
  char text[PAX_TIME];
  bool below = n->mtime < 0;
  uint64_t s = below ? (uint64_t) - (n->mtime + (n->mtime_ns > 0)) : (uint64_t)n->mtime;
  uint32_t ns = below && n->mtime_ns > 0 ? 1000000000 - n->mtime_ns : n->mtime_ns;
  int len = snprintf(text, sizeof text, "%s%llu.%09u", below ? "-" : "", (unsigned long long)s, ns);
  while (text[len - 1] == '0') len--;
  if (text[len - 1] == '.') len--;
  if (!pax_time_fits(n)) pax_text(w, "mtime", text, (size_t)len);
}

/* `%` and `=` in a name are written as GNU tar does. */
static void pax_attr(struct pax_writer *w, const struct attr *x) {
  static const char prefix[] = "SCHILY.xattr.";
  char key[sizeof prefix + 3 * LIMIT_ATTR_NAME];
  size_t len = sizeof prefix - 1;
  memcpy(key, prefix, len);
  for (const char *p = x->name; *p != 0; p++) {
    const char *as = *p == '%' ? "%25" : "%3D";
    size_t n = *p == '%' || *p == '=' ? 3 : 1;
    memcpy(key + len, n == 3 ? as : p, n);
    len += n;
  }
  pax_begin(w, key, len, x->size);
  pax_put(w, x->value, x->size);
  pax_put(w, "\n", 1);
}

/* Bytes behind the first of a UTF-8 character; -1: none begins so. */
static int pax_follow(const unsigned char *p) {
  if (p[0] < 0x80) return 0;
  if (p[0] >= 0xc2 && p[0] < 0xe0) return 1;
  if ((p[0] == 0xe0 && p[1] < 0xa0) || (p[0] == 0xed && p[1] >= 0xa0)) return -1;
  if (p[0] >= 0xe0 && p[0] < 0xf0) return 2;
  if ((p[0] == 0xf0 && p[1] < 0x90) || (p[0] == 0xf4 && p[1] >= 0x90)) return -1;
  return p[0] >= 0xf0 && p[0] < 0xf5 ? 3 : -1;
}

static bool pax_is_utf8(const char *text) {
  for (const unsigned char *p = (const unsigned char *)text; *p != 0; p++)
    for (int more = pax_follow(p); more != 0; more--)
      if (more < 0 || (*++p & 0xc0) != 0x80) return false;
  return true;
}

/* Names in records are UTF-8 by the standard, unless it is said that they are bytes. */
static void pax_names(struct pax_writer *w, const struct pax_entry *e) {
  bool long_link = e->link != NULL && strlen(e->link) > sizeof no_header->link;
  if ((!e->fits && !pax_is_utf8(e->path)) || (long_link && !pax_is_utf8(e->link)))
    pax_text(w, "hdrcharset", "BINARY", 6);
  if (!e->fits) {
    size_t len = strlen(e->path);
    pax_begin(w, "path", 4, e->len);
    pax_put(w, e->path, len);
    pax_put(w, "/", e->len - len);
    pax_put(w, "\n", 1);
  }
  if (long_link) pax_text(w, "linkpath", e->link, strlen(e->link));
}

static void pax_records(struct pax_writer *w, const struct pax_entry *e) {
  const struct tree_inode *n = e->n;
  pax_names(w, e);
  pax_number(w, "size", e->body, PAX_OCTAL(no_header->size));
  pax_number(w, "uid", n->uid, PAX_OCTAL(no_header->uid));
  pax_number(w, "gid", n->gid, PAX_OCTAL(no_header->gid));
  pax_time(w, n);
  for (const struct attr *x = e->further ? NULL : n->attrs; x != NULL; x = x->next) pax_attr(w, x);
}

/* --- sizes -------------------------------------------------------------------------- */

/* Bytes of the records with the comment that aligns the content; 0: there is no extended header. */
static uint64_t pax_measure_records(const struct pax_entry *e, uint64_t at, uint64_t *comment) {
  struct pax_writer w = {0};
  pax_records(&w, e);
  *comment = 0;
  if (!format_aligned(e->n->mode, e->body)) return w.used;
  uint64_t extended = w.used > 0 ? TAR_BLOCK + bytes_round_up(w.used, TAR_BLOCK) : 0;
  uint64_t end = at + extended + TAR_BLOCK, gap = bytes_round_up(end, LIMIT_PAGE) - end;
  if (gap == 0) return w.used;
  if (extended == 0 && gap < 2 * TAR_BLOCK) gap += LIMIT_PAGE;
  uint64_t all = extended == 0 ? gap - TAR_BLOCK : extended - TAR_BLOCK + gap;
  *comment = all - w.used;
  return all;
}

static uint64_t pax_head(uint64_t records) {
  return records > 0 ? 2 * TAR_BLOCK + bytes_round_up(records, TAR_BLOCK) : TAR_BLOCK;
}

static void pax_measure(const struct tree *t, size_t i, uint64_t at, struct format_span *span) {
  struct pax_entry e;
  uint64_t comment;
  *span = (struct format_span){.head = 2 * TAR_BLOCK};
  if (i == t->names) return;
  pax_entry(t, i, &e);
  span->head = pax_head(pax_measure_records(&e, at, &comment));
  span->body = e.body;
  span->pad = bytes_round_up(e.body, TAR_BLOCK) - e.body;
}

/* --- headers -------------------------------------------------------------------------- */

/* Octal digits and a NUL; 0 for what a record tells. */
static void pax_octal(uint8_t *field, size_t n, uint64_t value) {
  if (value >> 3 * (n - 1) != 0) value = 0;
  for (field[--n] = 0; n-- > 0; value >>= 3) field[n] = (uint8_t)('0' + (value & 7));
}
#define PAX_FIELD(h, field, value) pax_octal((h)->field, sizeof(h)->field, value)

/* A device's number has no record: of base 256 where it must be, which every reader knows. */
static void pax_device(uint8_t *field, size_t n, uint32_t value) {
  pax_octal(field, n, value);
  if (value >> 3 * (n - 1) == 0) return;
  memset(field, 0, n);
  field[0] = 0x80;
  for (size_t i = 1; i <= sizeof value; i++) field[n - i] = (uint8_t)(value >> 8 * (i - 1));
}

static void pax_seal(struct tar_header *h) {
  uint32_t sum = 0;
  memcpy(h->magic, TAR_MAGIC_POSIX "\00000", sizeof h->magic);
  memset(h->checksum, ' ', sizeof h->checksum);
  for (size_t i = 0; i < TAR_BLOCK; i++) sum += ((const uint8_t *)h)[i];
  pax_octal(h->checksum, sizeof h->checksum - 1, sum);
}

static char pax_type(const struct pax_entry *e) {
  if (e->further) return '1';
  switch (e->n->mode & S_IFMT) {
  case S_IFDIR:
    return '5';
  case S_IFLNK:
    return '2';
  case S_IFCHR:
    return '3';
  case S_IFBLK:
    return '4';
  case S_IFIFO:
    return '6';
  default:
    return '0';
  }
}

/* What does not fit is cut: its record tells all of it. */
static void pax_cut(uint8_t *field, size_t n, const char *text, size_t len) { memcpy(field, text, len < n ? len : n); }

static void pax_header(const struct pax_entry *e, struct tar_header *h) {
  const struct tree_inode *n = e->n;
  const char *name = e->path + (e->prefix > 0 ? e->prefix + 1 : 0);
  size_t len = strlen(name);
  memset(h, 0, sizeof *h);
  pax_cut(h->name, sizeof h->name, name, len);
  if (S_ISDIR(n->mode) && len < sizeof h->name) h->name[len] = '/';
  memcpy(h->prefix, e->path, e->prefix);
  if (e->link != NULL) pax_cut(h->link, sizeof h->link, e->link, strlen(e->link));
  PAX_FIELD(h, mode, n->mode & 07777);
  PAX_FIELD(h, uid, n->uid);
  PAX_FIELD(h, gid, n->gid);
  PAX_FIELD(h, size, e->body);
  PAX_FIELD(h, mtime, n->mtime > 0 ? (uint64_t)n->mtime : 0);
  pax_device(h->rdev_major, sizeof h->rdev_major, n->rdev_major);
  pax_device(h->rdev_minor, sizeof h->rdev_minor, n->rdev_minor);
  h->type[0] = (uint8_t)pax_type(e);
  pax_seal(h);
}

static void pax_extended(const struct pax_entry *e, uint64_t records, struct tar_header *h) {
  static const char dir[] = "PaxHeaders/";
  const char *slash = strrchr(e->path, '/'), *name = slash != NULL ? slash + 1 : e->path;
  memset(h, 0, sizeof *h);
  memcpy(h->name, dir, sizeof dir - 1);
  pax_cut(h->name + sizeof dir - 1, sizeof h->name - sizeof dir + 1, name, strlen(name));
  PAX_FIELD(h, mode, 0644);
  PAX_FIELD(h, uid, 0);
  PAX_FIELD(h, gid, 0);
  PAX_FIELD(h, size, records);
  PAX_FIELD(h, mtime, 0);
  h->type[0] = 'x';
  pax_seal(h);
}

/* A record of exactly n bytes. */
static void pax_comment(struct pax_writer *w, uint64_t n) {
  char text[PAX_NUMBER + sizeof " comment="];
  size_t len = (size_t)snprintf(text, sizeof text, "%llu comment=", (unsigned long long)n);
  pax_put(w, text, len);
  pax_fill(w, ' ', n - len - 1);
  pax_put(w, "\n", 1);
}

static void pax_encode(const struct tree *t, size_t i, uint64_t at, uint8_t *head) {
  struct pax_entry e;
  struct tar_header h;
  struct pax_writer w = {.out = head};
  uint64_t comment;
  if (i == t->names) {
    pax_fill(&w, 0, 2 * TAR_BLOCK);
    return;
  }
  pax_entry(t, i, &e);
  uint64_t records = pax_measure_records(&e, at, &comment);
  if (records > 0) {
    pax_extended(&e, records, &h);
    pax_put(&w, &h, sizeof h);
    pax_records(&w, &e);
    if (comment > 0) pax_comment(&w, comment);
    pax_fill(&w, 0, bytes_round_up(records, TAR_BLOCK) - records);
  }
  pax_header(&e, &h);
  pax_put(&w, &h, sizeof h);
}

const struct format pax_format = {"pax", pax_measure, pax_encode};
