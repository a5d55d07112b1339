/* formats/tar.c - reading tar: v7, ustar, GNU and pax.
 *
 * Floor 0.  An entry is its header behind any number of others that extend it: a pax header, GNU's long names.  Names
 * are where they lie in the stream; the one that ustar keeps in two parts is put together in the struct archive.  What
 * changes how a file would have to be read and is not known here is refused by its name.
 */
#include <string.h>

#include "formats/archive_parts.h"
#include "formats/bytes.h"
#include "formats/err.h"
#include "formats/limits.h"
#include "formats/path.h"
#include "formats/tar.h"
#include "formats/tar_sparse.h"

/* An entry on its way. */
struct reading {
  struct archive *a;
  const struct tar_header *h; /* at a->at; NULL before its checksum fits */
  uint64_t size;              /* what it says of the bytes behind it */
  struct pax pax;
  struct pax_text name, link; /* GNU's long ones */
  bool extended;              /* by a header before it */
  uint64_t maps;              /* bytes of blocks between it and the data */
};

static bool tar_sniff(const uint8_t *p) { return tar_sum_fits((const struct tar_header *)p); }

/* --- blocks ------------------------------------------------------------------------ */

static int refuse_number(struct archive *a, const char *reason, const uint8_t *field, size_t n) {
  int rc = archive_refuse(a, ERR_NUMBER, reason);
  flaw_detail(&a->flaw, (const char *)field, n);
  return rc;
}

static int number(struct archive *a, const uint8_t *field, size_t n, uint64_t most, uint64_t *value) {
  if (tar_number(field, n, value) < 0) return refuse_number(a, "a header field holds no number from 0 on:", field, n);
  if (*value > most) return refuse_number(a, "a header field holds a number above 32 bits:", field, n);
  return 0;
}

/* The end: at the end of the stream, or at a block of zeros; behind two of them anything may follow. */
static int end(struct reading *r, uint64_t zeros) {
  struct archive *a = r->a;
  if (r->extended) return archive_refuse(a, ERR_LAYOUT, "the header before this extends an entry that does not follow");
  a->ended = true;
  a->at += zeros;
  if (zeros < TAR_BLOCK) return 0;
  int rc = stream_need(a->in, a->at + TAR_BLOCK, &a->flaw);
  if (rc < 0) return rc == ERR_CUT ? 0 : rc;
  a->open_end = bytes_are_zero(a->in->base + a->at, TAR_BLOCK);
  if (a->open_end) a->at += TAR_BLOCK;
  return 0;
}

/* Less than a block is left. */
static int last_bytes(struct reading *r) {
  struct archive *a = r->a;
  uint64_t have = a->in->have;
  if (have < a->at) return archive_refuse(a, ERR_CUT, "the entry before it reaches past the end of the archive");
  if (bytes_are_zero(a->in->base + a->at, have - a->at)) return end(r, have - a->at);
  return archive_refuse(a, ERR_CUT, "the archive ends inside a header");
}

/* 1 with the header at a->at; 0 at the end. */
static int read_header(struct reading *r) {
  struct archive *a = r->a;
  r->h = NULL;
  int rc = stream_need(a->in, a->at + TAR_BLOCK, &a->flaw);
  if (rc == ERR_CUT) return last_bytes(r);
  if (rc < 0) return rc;
  const uint8_t *p = a->in->base + a->at;
  const struct tar_header *h = (const struct tar_header *)p;
  if (bytes_are_zero(p, TAR_BLOCK)) return end(r, TAR_BLOCK);
  if (!tar_sum_fits(h))
    return archive_refuse(a, ERR_SUM, "a header should begin here, but its checksum does not match");
  r->h = h;
  if (tar_kind(r->h) == TAR_UNKNOWN)
    return archive_refuse(a, ERR_VERSION, "a header of ustar whose version is not known");
  rc = number(a, r->h->size, sizeof r->h->size, UINT64_MAX, &r->size);
  return rc < 0 ? rc : 1;
}

static uint64_t behind(const struct reading *r, uint64_t size) {
  return r->a->at + TAR_BLOCK + bytes_round_up(size, TAR_BLOCK);
}

/* --- headers that extend the next --------------------------------------------------- */

/* All of the bytes behind the header. */
static int body(struct reading *r, const char **p) {
  struct archive *a = r->a;
  int rc = stream_need(a->in, a->at + TAR_BLOCK + r->size, &a->flaw);
  *p = (const char *)a->in->base + a->at + TAR_BLOCK;
  return rc == ERR_CUT ? archive_refuse(a, rc, "a header's extension reaches past the end of the archive") : rc;
}

static int read_pax(struct reading *r, struct pax *to) {
  struct archive *a = r->a;
  struct pax_text value = {NULL, 0};
  const char *p, *reason = NULL;
  int rc = body(r, &p);
  if (rc < 0) return rc;
  rc = pax_read(to, p, r->size, &reason, &value);
  if (rc == 0) return 0;
  archive_refuse(a, rc, reason);
  if (rc == ERR_NUMBER) flaw_detail(&a->flaw, value.at, value.len);
  return rc;
}

static int read_local(struct reading *r) {
  r->extended = true;
  return read_pax(r, &r->pax);
}

/* For all entries from here on; what was said of the next alone comes before it. */
static int read_global(struct reading *r) {
  if (r->extended) return archive_refuse(r->a, ERR_LAYOUT, "a global pax header between an entry and what extends it");
  int rc = read_pax(r, &r->a->global);
  r->pax = r->a->global;
  if (rc < 0 || r->pax.attr_names == 0) return rc;
  return archive_refuse(r->a, ERR_LAYOUT, "an extended attribute of all entries, in a global pax header, is not read");
}

/* A name with its NUL, and nothing but NULs behind it. */
static int read_long(struct reading *r, struct pax_text *to) {
  struct archive *a = r->a;
  int rc = body(r, &to->at);
  r->extended = true;
  if (rc < 0) return rc;
  const char *nul = memchr(to->at, 0, r->size);
  if (!nul) return archive_refuse(a, ERR_NAME, "a long name does not end in a NUL byte");
  to->len = (size_t)(nul - to->at);
  if (bytes_are_zero(nul, r->size - to->len)) return 0;
  return archive_refuse(a, ERR_NAME, "bytes other than NUL stand behind a long name's NUL");
}

/* 1 when the header was one that extends others. */
static int read_extension(struct reading *r) {
  const char *label;
  int rc = 0;
  switch (r->h->type[0]) {
  case 'x':
    rc = read_local(r);
    break;
  case 'g':
    rc = read_global(r);
    break;
  case 'L':
    rc = read_long(r, &r->name);
    break;
  case 'K':
    rc = read_long(r, &r->link);
    break;
  case 'V': /* a volume's label */
    rc = body(r, &label);
    break;
  default:
    return 0;
  }
  if (rc < 0) return rc;
  r->a->at = behind(r, r->size);
  return 1;
}

/* --- the entry ---------------------------------------------------------------------- */

static const struct {
  char type;
  const char *reason;
} refused[] = {
    {'A', "a Solaris access list (type A), which is not read"},
    {'D', "a GNU list of a directory's names (type D) of an incremental archive, which is not read"},
    {'M', "the rest of a file that began in another volume (type M), which is not read"},
    {'N', "long names of old GNU tar (type N), which are not read"},
    {'X', "an extended header of Solaris (type X), which is not read"},
};

static int refuse_type(struct archive *a, char type) {
  const char *reason = "an unknown file type:";
  for (size_t i = 0; i < sizeof refused / sizeof refused[0]; i++)
    if (refused[i].type == type) return archive_refuse(a, ERR_TYPE, refused[i].reason);
  archive_refuse(a, ERR_TYPE, reason);
  flaw_detail(&a->flaw, &type, 1);
  return ERR_TYPE;
}

/* A field's text; bytes behind its NUL have no business there. */
static int field_text(struct archive *a, const uint8_t *field, size_t n, struct pax_text *to) {
  *to = (struct pax_text){(const char *)field, strnlen((const char *)field, n)};
  if (bytes_are_zero(field + to->len, n - to->len)) return 0;
  return archive_refuse(a, ERR_NAME, "bytes other than NUL stand behind the NUL of a name");
}

/* ustar's name in two parts. */
static struct pax_text with_prefix(struct archive *a, const struct tar_header *h, struct pax_text name) {
  size_t len = strnlen((const char *)h->prefix, sizeof h->prefix);
  if (len == 0 || tar_kind(h) != TAR_POSIX) return name;
  memcpy(a->name, h->prefix, len);
  a->name[len] = '/';
  memcpy(a->name + len + 1, name.at, name.len);
  return (struct pax_text){a->name, len + 1 + name.len};
}

static int take_name(struct reading *r, struct entry *e) {
  struct archive *a = r->a;
  struct pax_text name;
  int rc = field_text(a, r->h->name, sizeof r->h->name, &name);
  if (rc < 0) return rc;
  name = r->pax.sparse_name.at ? r->pax.sparse_name
         : r->pax.path.at      ? r->pax.path
         : r->name.at          ? r->name
                               : with_prefix(a, r->h, name);
  e->name = name.at, e->name_len = name.len;
  if (name.len == 0) return archive_refuse(a, ERR_NAME, "the name is empty");
  if (name.len >= LIMIT_PATH) return archive_refuse(a, ERR_NAME, "the name is longer than 4096 bytes");
  if (memchr(name.at, 0, name.len)) return archive_refuse(a, ERR_NAME, "the name has a NUL byte");
  return 0;
}

static int take_link(struct reading *r, struct pax_text *link) {
  int rc = field_text(r->a, r->h->link, sizeof r->h->link, link);
  if (rc == 0 && (r->pax.linkpath.at || r->link.at)) *link = r->pax.linkpath.at ? r->pax.linkpath : r->link;
  return rc;
}

/* A symlink's target is its data. */
static int take_target(struct reading *r, struct entry *e) {
  struct pax_text link;
  if (e->size != 0) return archive_refuse(r->a, ERR_SIZE, "a symlink with data");
  int rc = take_link(r, &link);
  if (rc < 0) return rc;
  e->data = (uint64_t)((const uint8_t *)link.at - r->a->in->base);
  e->size = link.len;
  return 0;
}

static int take_hard_link(struct reading *r, struct entry *e) {
  struct archive *a = r->a;
  struct pax_text link;
  if (e->size != 0) return archive_refuse(a, ERR_SIZE, "a hard link with data of its own");
  int rc = take_link(r, &link);
  if (rc < 0) return rc;
  if (link.len == 0) return archive_refuse(a, ERR_NAME, "a hard link to an empty name");
  if (link.len >= LIMIT_PATH) return archive_refuse(a, ERR_NAME, "a hard link to a name longer than 4096 bytes");
  if (path_check(link.at, link.len) < 0)
    return archive_refuse(a, ERR_NAME, "a hard link to a name with a component that is not allowed");
  e->link = link.at, e->link_len = link.len;
  return 0;
}

static int take_device(struct reading *r, struct entry *e) {
  const struct tar_header *h = r->h;
  uint64_t major, minor;
  int rc = number(r->a, h->rdev_major, sizeof h->rdev_major, UINT32_MAX, &major);
  if (rc == 0) rc = number(r->a, h->rdev_minor, sizeof h->rdev_minor, UINT32_MAX, &minor);
  if (rc < 0) return rc;
  e->rdev_major = (uint32_t)major, e->rdev_minor = (uint32_t)minor;
  return 0;
}

/* A directory of v7 is a file whose name ends in a slash. */
static int take_file(struct reading *r, struct entry *e) {
  const struct pax *x = &r->pax;
  bool slash = e->name[e->name_len - 1] == '/';
  e->mode ^= slash && tar_kind(r->h) == TAR_V7 ? MODE_FILE ^ MODE_DIR : 0;
  int maps = x->sparse + (x->map.at != NULL) + (x->pieces.at != NULL);
  if (maps == 0 && !x->has_real_size && !x->sparse_name.at) return 0;
  if (maps > 1) return archive_refuse(r->a, ERR_LAYOUT, "a sparse file with more than one map");
  if (maps == 1 && x->has_real_size) return x->sparse ? sparse_pax(r->a, e, x->real_size) : sparse_records(r->a, e, x);
  return archive_refuse(r->a, ERR_LAYOUT, "a sparse file without its version or its size");
}

static int take_sparse(struct reading *r, struct entry *e) {
  if (tar_kind(r->h) != TAR_GNU)
    return archive_refuse(r->a, ERR_TYPE, "a sparse file (type S) in an archive that is not GNU tar's");
  return sparse_gnu(r->a, e, &r->maps);
}

static int take_nothing(struct reading *r, struct entry *e) { return 0; }

static const struct type {
  char type;
  bool v7; /* there already */
  uint32_t mode;
  int (*take)(struct reading *r, struct entry *e);
} types[] = {
    {0, true, MODE_FILE, take_file},      {'0', true, MODE_FILE, take_file},     {'1', true, MODE_FILE, take_hard_link},
    {'2', true, MODE_LINK, take_target},  {'3', false, MODE_CHR, take_device},   {'4', false, MODE_BLK, take_device},
    {'5', true, MODE_DIR, take_nothing},  {'6', false, MODE_FIFO, take_nothing}, {'7', false, MODE_FILE, take_file},
    {'S', false, MODE_FILE, take_sparse},
};

static const struct type *find_type(const struct tar_header *h) {
  for (size_t i = 0; i < sizeof types / sizeof types[0]; i++)
    if (types[i].type == (char)h->type[0] && (types[i].v7 || tar_kind(h) != TAR_V7)) return &types[i];
  return NULL;
}

/* Fields that a pax record stands for are not looked at: writers leave in them what fits. */
static int take_numbers(struct reading *r, struct entry *e) {
  const struct tar_header *h = r->h;
  const struct pax *x = &r->pax;
  uint64_t mode, uid = x->uid, gid = x->gid, mtime = (uint64_t)x->mtime;
  int rc = number(r->a, h->mode, sizeof h->mode, UINT64_MAX, &mode);
  if (rc == 0 && !x->has_uid) rc = number(r->a, h->uid, sizeof h->uid, UINT32_MAX, &uid);
  if (rc == 0 && !x->has_gid) rc = number(r->a, h->gid, sizeof h->gid, UINT32_MAX, &gid);
  if (rc == 0 && !x->has_mtime) rc = number(r->a, h->mtime, sizeof h->mtime, UINT64_MAX, &mtime);
  if (rc < 0) return rc;
  e->mode = (uint32_t)mode & MODE_BITS;
  e->uid = (uint32_t)uid, e->gid = (uint32_t)gid;
  e->mtime = (int64_t)mtime, e->mtime_ns = x->has_mtime ? x->mtime_ns : 0;
  e->size = r->size;
  return 0;
}

static int take_entry(struct reading *r, struct entry *e) {
  struct archive *a = r->a;
  const struct type *t = find_type(r->h);
  if (r->pax.has_size) r->size = r->pax.size;
  e->data = a->at + TAR_BLOCK;
  e->attrs = r->pax.attr_names > 0 ? a->at : 0;
  int rc = take_name(r, e);
  if (rc == 0 && !t) rc = refuse_type(a, (char)r->h->type[0]);
  if (rc == 0) rc = take_numbers(r, e);
  if (rc == 0) e->mode |= t->mode, rc = t->take(r, e);
  if (rc == 0) rc = archive_check(a, e, path_check(e->name, e->name_len));
  if (rc < 0) {
    flaw_entry(&a->flaw, e->name, e->name_len);
    return rc;
  }
  a->at = behind(r, r->size) + r->maps;
  return 1;
}

/* What is wrong before an entry has its name is in the header that bears this one. */
static void name_header(struct reading *r) {
  const char *name = (const char *)r->h->name;
  struct pax_text text = with_prefix(r->a, r->h, (struct pax_text){name, strnlen(name, sizeof r->h->name)});
  flaw_entry(&r->a->flaw, text.at, text.len);
}

static int tar_next(struct archive *a, struct entry *e) {
  struct reading r = {.a = a, .pax = a->global};
  int rc;
  *e = (struct entry){.offset = a->at, .nlink = 1};
  while ((rc = read_header(&r)) == 1)
    if ((rc = read_extension(&r)) <= 0)
      break;
    else if (!r.extended)
      e->offset = a->at;
  if (rc == 0 && !a->ended) rc = take_entry(&r, e);
  if (rc < 0 && r.h && !a->flaw.entry[0]) name_header(&r);
  return rc;
}

const struct archive_format archive_tar = {"tar", TAR_BLOCK, tar_sniff, tar_next, NULL};
