/* tests/fuzz/archive_target.h - a target for one format of archives: the bytes are made to begin as one of its kind.
 *
 * What the executions were worth is said at the end, for tests/fuzz/count: how many were good archives to their end.
 */
#ifndef TESTS_FUZZ_ARCHIVE_TARGET_H
#define TESTS_FUZZ_ARCHIVE_TARGET_H

#include <stdio.h>

#include "fuzz/archive.h"
#include "fuzz/cpio_repair.h"

static uint64_t accepted, refused;

static __attribute__((destructor)) void say_worth(void) {
  fprintf(stderr, "stat::archives_accepted: %llu\nstat::archives_refused: %llu\n", (unsigned long long)accepted,
          (unsigned long long)refused);
}

static inline int archive_target(const uint8_t *bytes, size_t n, const char *format) {
  int rc = archive_fuzz(bytes, n, format);
  accepted += rc > 0, refused += rc == 0;
  return rc < 0 ? rc : 0;
}

/* A header that can be read, written again, says the same. */
static inline void check_header(const uint8_t *bytes) {
  struct newc h, again;
  uint8_t text[NEWC_HEADER];
  size_t bad = 0;
  int rc = newc_decode(&h, bytes, &bad);
  if (rc < 0) {
    assert(rc == ERR_MAGIC || (rc == ERR_NUMBER && bad >= CPIO_MAGIC && bad < NEWC_HEADER));
    return;
  }
  newc_encode(&h, text);
  assert(newc_decode(&again, text, &bad) == 0 && memcmp(&h, &again, sizeof h) == 0);
  for (size_t i = CPIO_MAGIC; i < NEWC_HEADER; i++) assert(text[i] == (bytes[i] | (bytes[i] >= 'A' ? 0x20 : 0)));
}

/* cpio's kinds. */
static inline int cpio_target(const uint8_t *bytes, size_t n, const char *format, const struct cpio_kind *k) {
  if (n < CPIO_MAGIC) return -1;
  uint8_t *copy = cpio_repair(bytes, &n, k);
  int rc = archive_target(copy, n, format);
  if (n >= NEWC_HEADER) check_header(copy);
  free(copy);
  return rc;
}

#endif
