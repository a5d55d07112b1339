/* mkimage/test/test_text.c - bytes beside what was wanted of them, and the faults that come of it. */
#include <regex.h>
#include <string.h>

#include "mkimage/test/test.h"

enum { TEXT_SHOWN = 300 };

void test_result_start(struct test_result *r, const struct config_test *t, const char *name, struct pool *pool) {
  *r = (struct test_result){.test = t, .name = name, .pool = pool};
  r->end = &r->fault;
}

void test_fail_bytes(struct test_result *r, const char *what, const char *wanted, const uint8_t *found, size_t n) {
  static struct test_fault none = {.what = "memory", .wanted = "", .found = "out of memory", .found_len = 13};
  struct test_fault *f = pool_take(r->pool, sizeof *f);
  const char *kept = pool_copy(r->pool, found, n);
  if (f == NULL || kept == NULL) {
    if (r->fault == NULL) r->fault = &none;
    return;
  }
  *f = (struct test_fault){.what = what, .wanted = wanted, .found = kept, .wanted_len = strlen(wanted), .found_len = n};
  *r->end = f;
  r->end = &f->next;
}

void test_fail(struct test_result *r, const char *what, const char *wanted, const char *found) {
  test_fail_bytes(r, what, wanted, (const uint8_t *)found, strlen(found));
}

/* From a little before `at` on, as much as one wants to read. */
static void text_fail_at(struct test_result *r, const char *what, const char *wanted, const uint8_t *bytes, size_t n,
                         size_t at) {
  size_t from = n <= TEXT_SHOWN || at < TEXT_SHOWN / 3 ? 0 : at - TEXT_SHOWN / 3, left = n - from;
  test_fail_bytes(r, what, wanted, bytes + from, left < TEXT_SHOWN ? left : TEXT_SHOWN);
}

void test_equals(struct test_result *r, const char *what, const char *wanted, const uint8_t *bytes, size_t n) {
  size_t len = strlen(wanted), at = 0;
  if (len == n && memcmp(wanted, bytes, n) == 0) return;
  while (at < len && at < n && (uint8_t)wanted[at] == bytes[at]) at++;
  text_fail_at(r, what, wanted, bytes, n, at);
}

void test_matches(struct test_result *r, const char *what, const char *pattern, const uint8_t *bytes, size_t n) {
  regex_t re;
  regmatch_t all = {.rm_so = 0, .rm_eo = (regoff_t)n};
  if (regcomp(&re, pattern, REG_EXTENDED | REG_NOSUB | REG_NEWLINE) != 0) {
    test_fail(r, what, pattern, "no memory for a regular expression");
    return;
  }
  int rc = regexec(&re, (const char *)bytes, 1, &all, REG_STARTEND);
  regfree(&re);
  if (rc != 0) text_fail_at(r, what, pattern, bytes, n, 0);
}

void test_parts(struct test_result *r, const char *what, const char **parts, size_t count, const uint8_t *bytes,
                size_t n) {
  size_t at = 0;
  for (size_t i = 0; i < count; i++) {
    const uint8_t *found = memmem(bytes + at, n - at, parts[i], strlen(parts[i]));
    if (found == NULL) {
      text_fail_at(r, what, parts[i], bytes, n, at);
      return;
    }
    at = (size_t)(found - bytes) + strlen(parts[i]);
  }
}
