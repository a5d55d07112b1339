/* tests/fuzz/archive.h - the archive reader keeps its promises, and says the same when the stream comes in drops. */
#ifndef TESTS_FUZZ_ARCHIVE_H
#define TESTS_FUZZ_ARCHIVE_H

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "formats/archive.h"
#include "formats/err.h"
#include "formats/limits.h"
#include "formats/path.h"
#include "unit/drip.h"

struct verdict {
  int code;
  uint64_t entries, at, offset;
  const char *reason;
};

static inline void check_entry(const struct entry *e, const uint8_t *bytes, size_t n, uint64_t last_end) {
  char clean[LIMIT_PATH + 1];
  const uint8_t *name = (const uint8_t *)e->name;
  assert(e->offset >= last_end && e->data > e->offset);
  assert(name > bytes && e->name_len > 0 && e->name_len <= (size_t)(bytes + n - name));
  assert(memchr(name, 0, e->name_len) == NULL);
  int length = path_clean(e->name, e->name_len, clean, sizeof clean);
  assert(length > 0 && clean[0] != '/' && clean[length - 1] != '/');
  assert(strcmp(clean, "..") != 0 && strncmp(clean, "../", 3) != 0 && strstr(clean, "/../") == NULL);
  if ((e->mode & MODE_TYPE) == MODE_LINK)
    assert(e->size > 0 && e->size <= LIMIT_TARGET);
  else if ((e->mode & MODE_TYPE) != MODE_FILE)
    assert(e->size == 0);
}

/* An entry says the same to a reader that begins with it (where an archive may begin). */
static inline void check_alone(const struct archive *of, const struct entry *e) {
  struct archive a;
  struct entry alone;
  if (e->offset % 4 != 0) return;
  assert(archive_open(&a, of->in, e->offset) == 0 && a.format == of->format && archive_next(&a, &alone) == 1);
  assert(alone.name_len == e->name_len && alone.mode == e->mode && alone.size == e->size && alone.ino == e->ino);
  assert(alone.data == e->data && alone.mtime == e->mtime && alone.uid == e->uid && alone.nlink == e->nlink);
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
    check_entry(&e, bytes, n, end);
    check_alone(&a, &e);
    v.code = archive_data(&a, &e, &data);
    if (v.code < 0) break;
    assert(data >= bytes && e.size <= (size_t)(bytes + n - data));
    if (e.size) sink = (uint8_t)(sink + data[0] + data[e.size - 1]);
    end = e.data + e.size;
    v.entries++;
  }
  if (v.code == 0) assert(a.ended && a.at <= n && a.at >= end);
  if (v.code < 0) assert(a.flaw.code == v.code && a.flaw.reason && a.flaw.offset <= n + LIMIT_PATH);
  v.at = a.at, v.offset = a.flaw.offset, v.reason = a.flaw.reason;
  return v;
}

/* Whether the bytes are an archive of this format, which then says the same in one piece and in drops. */
static inline int archive_fuzz(const uint8_t *bytes, size_t n, const char *format) {
  struct drip drip;
  struct archive a;
  struct stream whole = stream_over(bytes, n), drops = drip_stream(&drip, bytes, n);
  if (archive_open(&a, &whole, 0) == 0 && strcmp(archive_name(&a), format) != 0) return -1;
  struct verdict one = read_all(&whole, bytes, n), other = read_all(&drops, bytes, n);
  assert(one.code == other.code && one.entries == other.entries && one.offset == other.offset);
  assert(one.at == other.at && one.reason == other.reason);
  return 0;
}

/* A target: inputs of other formats are not kept. */
#define ARCHIVE_FUZZ(format)                                                                                           \
  int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n);                                                          \
  int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n) { return archive_fuzz(bytes, n, format); }

#endif
