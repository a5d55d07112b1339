/* formats/cpio.c - reading cpio: newc, crc (newc with a sum over each file's data) and odc.
 *
 * Floor 0.  Header, name with its NUL, padding, data, padding, to the entry TRAILER!!!; the kinds differ in their
 * header and in the padding.  newc is the format that mkimage writes: cpio_quick.c has a shorter way for most of its
 * entries.
 */
#include <string.h>

#include "formats/archive_parts.h"
#include "formats/bytes.h"
#include "formats/err.h"
#include "formats/limits.h"
#include "formats/newc.h"
#include "formats/odc.h"
#include "formats/path.h"

enum { MAGIC_LENGTH = sizeof NEWC_MAGIC - 1, TRAILER_LENGTH = sizeof NEWC_TRAILER - 1 };

struct kind {
  const char *magic;
  size_t header;
  size_t align;
  /* Reads the numbers of the header at a->at.  0; ERR_NUMBER with the bad field in *bad, *bad_len. */
  int (*decode)(struct archive *a, const uint8_t *p, struct entry *e, size_t *name_size, size_t *bad, size_t *bad_len);
  const char *bad_number;
};

static int cut_header(struct archive *a, const struct kind *k) {
  uint64_t have = a->in->have;
  if (have < a->at && a->at - have >= k->align)
    return archive_refuse(a, ERR_CUT, "the data of the entry before it reaches past the end of the archive");
  if (have <= a->at) return archive_refuse(a, ERR_CUT, "the archive ends without a trailer");
  return archive_refuse(a, ERR_CUT, "the archive ends inside a header");
}

static int refuse_header(struct archive *a, const char *reason, const void *detail, size_t len) {
  int rc = archive_refuse(a, ERR_NUMBER, reason);
  flaw_detail(&a->flaw, detail, len);
  return rc;
}

static int read_header(struct archive *a, const struct kind *k, struct entry *e, size_t *name_size) {
  size_t bad = 0, bad_len = 0;
  int rc = stream_need(a->in, a->at + k->header, &a->flaw);
  if (rc == ERR_CUT) return cut_header(a, k);
  if (rc < 0) return rc;
  const uint8_t *p = a->in->base + a->at;
  if (memcmp(p, k->magic, MAGIC_LENGTH) != 0) {
    rc = archive_refuse(a, ERR_MAGIC, "a header should begin here, but its magic is not");
    flaw_detail(&a->flaw, k->magic, MAGIC_LENGTH);
    return rc;
  }
  rc = k->decode(a, p, e, name_size, &bad, &bad_len);
  return rc < 0 ? refuse_header(a, k->bad_number, p + bad, bad_len) : 0;
}

/* In the directory of the entry before a name needs to be looked at only behind it. */
static bool is_sibling(const struct archive *a, const struct kind *k, const struct entry *e) {
  const uint8_t *before = a->in->base + a->before + k->header;
  return a->begun && e->name_len > a->base && bytes_equal(e->name, before, a->base) &&
         path_plain(e->name + a->base, e->name_len - a->base);
}

static size_t last_component(const struct entry *e) {
  size_t base = e->name_len;
  while (base > 0 && e->name[base - 1] != '/') base--;
  return base;
}

static int check_components(struct archive *a, const struct kind *k, struct entry *e) {
  e->base = a->base;
  e->sibling = is_sibling(a, k, e);
  if (e->sibling) return 0;
  a->base = last_component(e);
  return path_check(e->name, e->name_len);
}

static int refuse_field(struct archive *a, size_t name_size, const struct entry *e) {
  if (!memchr(e->name, 0, name_size)) return archive_refuse(a, ERR_NAME, "the name does not end in a NUL byte");
  if (e->name[0] == 0) return archive_refuse(a, ERR_NAME, "the name is empty");
  return archive_refuse(a, ERR_NAME, "bytes other than NUL stand behind the name's NUL");
}

/* The name is what stands before the NULs at the end of its field.  *path becomes what path_check says of it. */
static int read_name(struct archive *a, const struct kind *k, size_t name_size, struct entry *e, int *path) {
  if (name_size == 0) return archive_refuse(a, ERR_NAME, "the name has length 0");
  if (name_size > LIMIT_PATH) return archive_refuse(a, ERR_NAME, "the name is longer than 4096 bytes");
  int rc = stream_need(a->in, a->at + k->header + name_size, &a->flaw);
  if (rc == ERR_CUT) return archive_refuse(a, rc, "the archive ends inside a name");
  if (rc < 0) return rc;
  e->name = (const char *)a->in->base + a->at + k->header;
  const char *last = e->name + name_size - 1;
  e->name_len =
      name_size > 1 && last[0] == 0 && last[-1] != 0 ? name_size - 1 : bytes_without_zeros(e->name, name_size);
  *path = e->name_len > 0 ? check_components(a, k, e) : ERR_NAME;
  if (*path == 0 && e->name_len < name_size) return 0; /* there is no NUL in it */
  if (e->name_len == 0 || memchr(e->name, 0, name_size) != e->name + e->name_len) return refuse_field(a, name_size, e);
  return 0;
}

static bool is_trailer(const struct entry *e) {
  return e->name_len == TRAILER_LENGTH && memcmp(e->name, NEWC_TRAILER, TRAILER_LENGTH) == 0;
}

/* The padding behind the trailer may be missing at the end of the stream. */
static int end(struct archive *a, const struct entry *e) {
  if (e->size != 0) return archive_refuse(a, ERR_SIZE, "the trailer has data");
  int rc = stream_need(a->in, e->data, &a->flaw);
  if (rc < 0 && rc != ERR_CUT) return rc;
  a->at = rc == 0 ? e->data : a->in->have;
  a->ended = true;
  return 0;
}

static int next(struct archive *a, const struct kind *k, struct entry *e) {
  size_t name_size = 0;
  int path = 0, rc = read_header(a, k, e, &name_size);
  if (rc < 0) return rc;
  e->offset = a->at;
  if ((rc = read_name(a, k, name_size, e, &path)) < 0) return rc;
  e->data = bytes_round_up(e->offset + k->header + name_size, k->align);
  if (is_trailer(e)) return end(a, e);
  if ((rc = archive_check(a, e, path)) < 0) return rc;
  a->begun = true;
  a->before = a->at;
  a->at = bytes_round_up(e->data + e->size, k->align);
  return 1;
}

/* --- newc and crc ------------------------------------------------------------------ */

static int newc_numbers(struct archive *a, const uint8_t *p, struct entry *e, size_t *name_size, size_t *bad,
                        size_t *bad_len) {
  struct newc *h = &a->header;
  *bad_len = NEWC_DIGITS;
  int rc = a->begun ? newc_decode_next(h, p, a->in->base + a->before, bad) : newc_decode(h, p, bad);
  if (rc < 0) return rc;
  e->mode = h->mode, e->uid = h->uid, e->gid = h->gid, e->nlink = h->nlink;
  e->ino = h->ino, e->dev_major = h->dev_major, e->dev_minor = h->dev_minor;
  e->rdev_major = h->rdev_major, e->rdev_minor = h->rdev_minor;
  e->mtime = h->mtime, e->mtime_ns = 0;
  e->size = h->size, e->check = h->check;
  *name_size = h->name_size;
  return 0;
}

static const struct kind newc = {NEWC_MAGIC, NEWC_HEADER, NEWC_ALIGN, newc_numbers,
                                 "a header field is not eight hexadecimal digits:"};
static const struct kind crc = {NEWC_MAGIC_CRC, NEWC_HEADER, NEWC_ALIGN, newc_numbers,
                                "a header field is not eight hexadecimal digits:"};

static bool newc_sniff(const uint8_t *p) { return memcmp(p, newc.magic, MAGIC_LENGTH) == 0; }
static bool crc_sniff(const uint8_t *p) { return memcmp(p, crc.magic, MAGIC_LENGTH) == 0; }
int cpio_newc(struct archive *a, struct entry *e) { return next(a, &newc, e); }
static int crc_next(struct archive *a, struct entry *e) { return next(a, &crc, e); }

/* The sum of a file's bytes.  Names of a file whose data stands with another of its names have no sum to keep to;
 * writers leave that of symlinks at 0. */
static int crc_verify(struct archive *a, const struct entry *e, const uint8_t *data) {
  uint32_t sum = 0, type = e->mode & MODE_TYPE;
  if (e->size == 0 && e->nlink >= 2) return 0;
  if (type == MODE_LINK && e->check == 0) return 0;
  if (type != MODE_FILE && type != MODE_LINK) return 0;
  for (uint64_t i = 0; i < e->size; i++) sum += data[i];
  if (sum == e->check) return 0;
  return flaw_set(&a->flaw, ERR_SUM, e->offset, "the sum of its data is not the one in its header");
}

/* --- odc --------------------------------------------------------------------------- */

static int odc_numbers(struct archive *a, const uint8_t *p, struct entry *e, size_t *name_size, size_t *bad,
                       size_t *bad_len) {
  struct odc h;
  int rc = odc_decode(&h, p, bad, bad_len);
  if (rc < 0) return rc;
  e->mode = (uint32_t)h.mode, e->uid = (uint32_t)h.uid, e->gid = (uint32_t)h.gid, e->nlink = (uint32_t)h.nlink;
  e->ino = h.ino, e->dev_major = 0, e->dev_minor = (uint32_t)h.dev;
  e->rdev_major = ODC_MAJOR(h.rdev), e->rdev_minor = ODC_MINOR(h.rdev);
  e->mtime = (int64_t)h.mtime, e->mtime_ns = 0;
  e->size = h.size;
  *name_size = (size_t)h.name_size;
  return 0;
}

static const struct kind odc = {ODC_MAGIC, ODC_HEADER, 1, odc_numbers, "a header field holds other than octal digits:"};

static bool odc_sniff(const uint8_t *p) { return memcmp(p, odc.magic, MAGIC_LENGTH) == 0; }
static int odc_next(struct archive *a, struct entry *e) { return next(a, &odc, e); }

const struct archive_format archive_newc = {"newc", MAGIC_LENGTH, newc_sniff, cpio_quick, NULL};
const struct archive_format archive_crc = {"crc", MAGIC_LENGTH, crc_sniff, crc_next, crc_verify};
const struct archive_format archive_odc = {"odc", MAGIC_LENGTH, odc_sniff, odc_next, NULL};
