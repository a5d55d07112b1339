/* formats/archive.c - the archive reader: one entry after another.
 *
 * Floor 0.  The unpacker, `ls`, `extract` and the fuzzers all read through it,
 * so a rule on entries that is kept here is kept everywhere.
 */
#include <string.h>

#include "formats/archive.h"
#include "formats/bytes.h"
#include "formats/err.h"
#include "formats/limits.h"
#include "formats/newc.h"
#include "formats/path.h"

enum { MAGIC_LENGTH = sizeof NEWC_MAGIC - 1, TRAILER_LENGTH = sizeof NEWC_TRAILER - 1 };

/* Magics that begin with 0707 and are not ours: worth a sentence of their own. */
static const struct {
  char magic[8];
  const char *reason;
} foreign[] = {
    {"070702", "a cpio archive of the crc kind (070702), which this build does not read"},
    {"070707", "a cpio archive of the odc kind (070707), which this build does not read"},
};

static const char *magic_reason(const uint8_t *p, const char *otherwise) {
  for (size_t i = 0; i < sizeof foreign / sizeof foreign[0]; i++)
    if (memcmp(p, foreign[i].magic, MAGIC_LENGTH) == 0) return foreign[i].reason;
  return otherwise;
}

bool archive_sniff(const uint8_t *p, size_t n) { return n >= MAGIC_LENGTH && memcmp(p, NEWC_MAGIC, MAGIC_LENGTH) == 0; }

int archive_open(struct archive *a, struct stream *in, uint64_t at) {
  *a = (struct archive){.in = in, .at = at};
  if (at % NEWC_ALIGN != 0) return flaw_set(&a->flaw, ERR_MAGIC, at, "an archive must begin at a multiple of four");
  int rc = stream_need(in, at + MAGIC_LENGTH, &a->flaw);
  if (rc == ERR_CUT && in->have <= at) return flaw_set(&a->flaw, ERR_MAGIC, at, "there is no archive: no bytes at all");
  if (rc == ERR_CUT) return flaw_set(&a->flaw, ERR_MAGIC, at, "too few bytes for an archive");
  if (rc < 0) return rc;
  if (archive_sniff(in->base + at, MAGIC_LENGTH)) return 0;
  return flaw_set(&a->flaw, ERR_MAGIC, at, magic_reason(in->base + at, "not an archive of a known kind"));
}

/* Fails the entry whose header lies at a->at. */
static int refuse(struct archive *a, int code, const char *reason) { return flaw_set(&a->flaw, code, a->at, reason); }

static int cut_header(struct archive *a) {
  uint64_t have = a->in->have;
  if (have < a->at && a->at - have >= NEWC_ALIGN)
    return refuse(a, ERR_CUT, "the data of the entry before it reaches past the end of the archive");
  if (have <= a->at) return refuse(a, ERR_CUT, "the archive ends without a trailer");
  return refuse(a, ERR_CUT, "the archive ends inside a header");
}

static int decode_header(struct archive *a, const uint8_t *p, size_t *bad) {
  if (!a->begun) return newc_decode(&a->header, p, bad);
  return newc_decode_next(&a->header, p, a->in->base + a->before, bad);
}

static int read_header(struct archive *a) {
  size_t bad = 0;
  int rc = stream_need(a->in, a->at + NEWC_HEADER, &a->flaw);
  if (rc == ERR_CUT) return cut_header(a);
  if (rc < 0) return rc;
  const uint8_t *p = a->in->base + a->at;
  rc = decode_header(a, p, &bad);
  if (rc == 0) return 0;
  if (rc == ERR_MAGIC) return refuse(a, rc, magic_reason(p, "a header should begin here, but its magic is not 070701"));
  refuse(a, rc, "a header field is not eight hexadecimal digits:");
  flaw_detail(&a->flaw, (const char *)p + bad, 8);
  return rc;
}

/* Finds the name behind the header: up to its first NUL, and nothing but NULs after that. */
static int find_name(struct archive *a, const struct newc *h, struct entry *e) {
  const char *nul = memchr(e->name, 0, h->name_size);
  e->name_len = nul ? (size_t)(nul - e->name) : h->name_size;
  if (nul == NULL) return refuse(a, ERR_NAME, "the name does not end in a NUL byte");
  if (e->name_len == 0) return refuse(a, ERR_NAME, "the name is empty");
  if (!bytes_are_zero(nul, h->name_size - e->name_len))
    return refuse(a, ERR_NAME, "bytes other than NUL stand behind the name's NUL");
  return 0;
}

/* In the directory of the entry before a name needs to be looked at only behind it. */
static bool is_sibling(const struct archive *a, const struct entry *e) {
  const uint8_t *before = a->in->base + a->before + NEWC_HEADER;
  return a->begun && e->name_len > a->base && bytes_equal(e->name, before, a->base) &&
         path_plain(e->name + a->base, e->name_len - a->base);
}

static size_t last_component(const struct entry *e) {
  size_t base = e->name_len;
  while (base > 0 && e->name[base - 1] != '/') base--;
  return base;
}

static int check_components(struct archive *a, struct entry *e) {
  e->base = a->base;
  e->sibling = is_sibling(a, e);
  if (e->sibling) return 0;
  a->base = last_component(e);
  return path_check(e->name, e->name_len);
}

/* *path becomes what path_check says of the name. */
static int read_name(struct archive *a, const struct newc *h, struct entry *e, int *path) {
  if (h->name_size == 0) return refuse(a, ERR_NAME, "the name has length 0");
  if (h->name_size > LIMIT_PATH) return refuse(a, ERR_NAME, "the name is longer than 4096 bytes");
  int rc = stream_need(a->in, a->at + NEWC_HEADER + h->name_size, &a->flaw);
  if (rc == ERR_CUT) return refuse(a, rc, "the archive ends inside a name");
  if (rc < 0) return rc;
  e->name = (const char *)a->in->base + a->at + NEWC_HEADER;
  e->name_len = h->name_size - 1;
  const char *last = e->name + e->name_len;
  bool padded = e->name_len == 0 || last[0] != 0 || last[-1] == 0;
  if (padded && (rc = find_name(a, h, e)) < 0) return rc;
  *path = check_components(a, e);
  return *path == ERR_NAME && !padded ? find_name(a, h, e) : 0; /* a NUL inside has words of its own */
}

static void take_fields(struct entry *e, const struct newc *h) {
  e->mode = h->mode, e->uid = h->uid, e->gid = h->gid, e->nlink = h->nlink;
  e->ino = h->ino, e->dev_major = h->dev_major, e->dev_minor = h->dev_minor;
  e->rdev_major = h->rdev_major, e->rdev_minor = h->rdev_minor;
  e->mtime = h->mtime, e->mtime_ns = 0;
  e->size = h->size;
}

static int check_type(struct archive *a, const struct entry *e) {
  if (e->mode & ~(uint32_t)(MODE_TYPE | MODE_BITS))
    return refuse(a, ERR_TYPE, "the mode has bits above the sixteen of a file mode");
  switch (e->mode & MODE_TYPE) {
  case MODE_FILE:
  case MODE_DIR:
  case MODE_LINK:
  case MODE_CHR:
  case MODE_BLK:
  case MODE_FIFO:
    return 0;
  case MODE_SOCK:
    return refuse(a, ERR_TYPE, "a socket cannot come from an archive");
  case 0:
    return refuse(a, ERR_TYPE, "the mode names no file type");
  default:
    return refuse(a, ERR_TYPE, "an unknown file type");
  }
}

/* A name of nothing but slashes and dots is the root's. */
static bool is_root(const struct entry *e) {
  struct cursor c = cursor_over(e->name, e->name_len);
  const char *part;
  size_t len;
  return path_next(&c, &part, &len) == 0;
}

/* `rc` is what path_check said. */
static int check_name(struct archive *a, const struct entry *e, int rc) {
  if (rc == ERR_NAME) return refuse(a, rc, "the name has a '..' component");
  if (rc < 0) return refuse(a, rc, "the name has a component longer than 255 bytes");
  if ((e->mode & MODE_TYPE) == MODE_DIR) return 0;
  char last = e->name[e->name_len - 1];
  if (last == '/') return refuse(a, ERR_NAME, "a name that ends in a slash, and not a directory");
  if (last == '.' && is_root(e)) return refuse(a, ERR_TREE, "the root can only be a directory");
  return 0;
}

static int check_target(struct archive *a, const struct entry *e) {
  const uint8_t *target;
  if (e->size == 0) return refuse(a, ERR_SIZE, "a symlink with an empty target");
  if (e->size > LIMIT_TARGET) return refuse(a, ERR_SIZE, "a symlink target longer than 4095 bytes");
  int rc = archive_data(a, e, &target);
  if (rc < 0) return rc;
  if (memchr(target, 0, e->size)) return refuse(a, ERR_NAME, "a symlink target with a NUL byte");
  return 0;
}

static int check_size(struct archive *a, const struct entry *e) {
  uint32_t type = e->mode & MODE_TYPE;
  if (type == MODE_LINK) return check_target(a, e);
  if (type != MODE_FILE && e->size != 0) return refuse(a, ERR_SIZE, "data for what is neither a file nor a symlink");
  return 0;
}

static bool is_trailer(const struct entry *e) {
  return e->name_len == TRAILER_LENGTH && memcmp(e->name, NEWC_TRAILER, TRAILER_LENGTH) == 0;
}

/* The padding behind the trailer may be missing at the end of the stream. */
static int end(struct archive *a, const struct entry *e) {
  if (e->size != 0) return refuse(a, ERR_SIZE, "the trailer has data");
  int rc = stream_need(a->in, e->data, &a->flaw);
  if (rc < 0 && rc != ERR_CUT) return rc;
  a->at = rc == 0 ? e->data : a->in->have;
  a->ended = true;
  return 0;
}

int archive_next(struct archive *a, struct entry *e) {
  const struct newc *h = &a->header;
  int path = 0;
  if (a->flaw.code != 0) return a->flaw.code;
  if (a->ended) return 0;
  int rc = read_header(a);
  if (rc < 0) return rc;
  e->offset = a->at;
  if ((rc = read_name(a, h, e, &path)) < 0) return rc;
  e->data = bytes_round_up(e->offset + NEWC_HEADER + h->name_size, NEWC_ALIGN);
  take_fields(e, h);
  if (is_trailer(e)) return end(a, e);
  if ((rc = check_type(a, e)) < 0 || (rc = check_name(a, e, path)) < 0 || (rc = check_size(a, e)) < 0) {
    flaw_entry(&a->flaw, e->name, e->name_len);
    return rc;
  }
  a->begun = true;
  a->before = a->at;
  a->at = bytes_round_up(e->data + e->size, NEWC_ALIGN);
  return 1;
}

int archive_data(struct archive *a, const struct entry *e, const uint8_t **data) {
  int rc = stream_need(a->in, e->data + e->size, &a->flaw);
  *data = a->in->base + e->data;
  if (rc == 0) return 0;
  if (rc == ERR_CUT) rc = flaw_set(&a->flaw, rc, e->offset, "its data reaches past the end of the archive");
  flaw_entry(&a->flaw, e->name, e->name_len);
  return rc;
}
