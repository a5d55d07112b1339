/* tests/fuzz/archive.h - the archive reader keeps its promises, and says the same when the stream comes in drops. */
#ifndef TESTS_FUZZ_ARCHIVE_H
#define TESTS_FUZZ_ARCHIVE_H

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "formats/archive_parts.h"
#include "formats/err.h"
#include "formats/limits.h"
#include "formats/path.h"
#include "unit/drip.h"

struct verdict {
  int code;
  uint64_t entries, at, offset;
  const char *reason;
};

static inline void check_link(const struct entry *e, const uint8_t *bytes, size_t n) {
  const uint8_t *link = (const uint8_t *)e->link;
  assert(link > bytes && e->link_len > 0 && e->link_len < LIMIT_PATH && e->link_len <= (size_t)(bytes + n - link));
  assert(path_check(e->link, e->link_len) == 0 && e->size == 0);
}

static inline void check_pieces(const struct archive *a, const struct entry *e) {
  struct archive_piece p = {0};
  uint64_t end = 0, stored = 0;
  int rc;
  for (; (rc = archive_piece(a, e, &p)) == 1; end = p.offset + p.length, stored += p.length)
    assert(p.offset >= end && p.offset <= e->size && p.length <= e->size - p.offset && p.data == stored);
  assert(rc == 0 && stored == e->size - e->holes);
}

/* Inside the stream, within the limits, the same in a second look. */
static inline void check_attrs(const struct archive *a, const struct entry *e, const uint8_t *bytes, size_t n) {
  struct archive_attr x = {.at = 0};
  size_t names = 0;
  while (archive_attr(a, e, &x) == 1) {
    assert(x.name_len > 0 && x.name_len <= LIMIT_ATTR_NAME && !memchr(x.name, 0, x.name_len));
    assert(x.size <= LIMIT_ATTR_VALUE && x.value > bytes && x.size <= (size_t)(bytes + n - x.value));
    names += x.name_len + 1;
  }
  assert((names > 0) == (e->attrs > 0) && names <= LIMIT_ATTR_LIST);
}

static inline void check_entry(const struct archive *a, const struct entry *e, const uint8_t *bytes, size_t n,
                               uint64_t last_end) {
  char clean[LIMIT_PATH + 1];
  const uint8_t *name = (const uint8_t *)e->name;
  bool two_parts = e->name == a->name;
  assert(e->offset >= last_end && (a->format == &archive_tar || e->data > e->offset));
  assert(e->name_len > 0 && e->name_len < LIMIT_PATH && (!two_parts || e->name_len <= sizeof a->name));
  assert(two_parts || (name >= bytes && e->name_len <= (size_t)(bytes + n - name)));
  assert(memchr(name, 0, e->name_len) == NULL);
  int length = path_clean(e->name, e->name_len, clean, sizeof clean);
  assert(length > 0 && clean[0] != '/' && clean[length - 1] != '/');
  assert(strcmp(clean, "..") != 0 && strncmp(clean, "../", 3) != 0 && strstr(clean, "/../") == NULL);
  if ((e->mode & MODE_TYPE) == MODE_LINK)
    assert(e->size > 0 && e->size <= LIMIT_TARGET);
  else if ((e->mode & MODE_TYPE) != MODE_FILE)
    assert(e->size == 0);
  if (e->link) check_link(e, bytes, n);
}

/* An entry says the same to a reader that begins with it (where an archive may begin). */
static inline void check_alone(const struct archive *of, const struct entry *e) {
  struct archive a;
  struct entry alone;
  if (e->offset % 4 != 0 || of->format == &archive_tar) return; /* a global header may stand before */
  assert(archive_open(&a, of->in, e->offset) == 0 && a.format == of->format && archive_next(&a, &alone) == 1);
  assert(alone.name_len == e->name_len && alone.mode == e->mode && alone.size == e->size && alone.ino == e->ino);
  assert(alone.data == e->data && alone.mtime == e->mtime && alone.uid == e->uid && alone.nlink == e->nlink);
  assert(alone.name == e->name && alone.gid == e->gid && alone.check == e->check && alone.link == e->link);
  assert(alone.dev_major == e->dev_major && alone.dev_minor == e->dev_minor && alone.mtime_ns == e->mtime_ns);
  assert(alone.rdev_major == e->rdev_major && alone.rdev_minor == e->rdev_minor && alone.holes == e->holes);
  if (e->sibling) assert(e->base < e->name_len && path_plain(e->name + e->base, e->name_len - e->base));
}

static inline struct verdict read_all(struct stream *in, const uint8_t *bytes, size_t n) {
  struct archive a;
  struct entry e;
  struct verdict v = {0};
  const uint8_t *data;
  volatile uint8_t sink = 0;
  uint64_t end = 0;
  v.code = archive_open(&a, in, 0);
  while (v.code == 0 && (v.code = archive_next(&a, &e)) == 1) {
    check_entry(&a, &e, bytes, n, end);
    check_alone(&a, &e);
    v.code = archive_data(&a, &e, &data);
    if (v.code < 0) break;
    uint64_t stored = e.size - e.holes;
    assert(e.holes <= e.size && data >= bytes && stored <= (size_t)(bytes + n - data));
    if (stored) sink = (uint8_t)(sink + data[0] + data[stored - 1]);
    if (e.holes) check_pieces(&a, &e);
    check_attrs(&a, &e, bytes, n);
    end = e.data + stored;
    v.entries++;
  }
  if (v.code == 0) assert(a.ended && a.at <= n && a.at >= end);
  if (v.code < 0) assert(a.flaw.code == v.code && a.flaw.reason && a.flaw.offset <= n + LIMIT_PATH);
  v.at = a.at, v.offset = a.flaw.offset, v.reason = a.flaw.reason;
  return v;
}

/* A stream that fails on the way: that is what comes of it, or it was over before. */
static inline void read_failing(const uint8_t *bytes, size_t n, const struct verdict *whole) {
  struct drip drip;
  struct stream drops = drip_stream(&drip, bytes, n);
  struct archive a;
  struct entry e;
  const uint8_t *data;
  uint64_t entries = 0;
  drip.fails_in = 2 + n % 61;
  int rc = archive_open(&a, &drops, 0);
  while (rc == 0 && (rc = archive_next(&a, &e)) == 1 && (rc = archive_data(&a, &e, &data)) == 0) entries++;
  assert(entries <= whole->entries && (rc == ERR_NOMEM || (rc == whole->code && entries == whole->entries)));
  assert(a.flaw.code == rc && (rc == ERR_MAGIC || archive_next(&a, &e) == rc)); /* which it keeps to */
}

/* The bytes say the same in one piece and in drops.  1: a good archive; 0: refused; -1: none of this format. */
static inline int archive_fuzz(const uint8_t *bytes, size_t n, const char *format) {
  struct drip drip;
  struct archive a;
  struct stream whole = stream_over(bytes, n), drops = drip_stream(&drip, bytes, n);
  bool begins = archive_open(&a, &whole, 0) == 0;
  if (begins && strcmp(archive_name(&a), format) != 0) return -1;
  struct verdict one = read_all(&whole, bytes, n), other = read_all(&drops, bytes, n);
  assert(one.code == other.code && one.entries == other.entries && one.offset == other.offset);
  assert(one.at == other.at && one.reason == other.reason);
  read_failing(bytes, n, &one);
  return begins ? one.code == 0 : -1;
}

#endif
