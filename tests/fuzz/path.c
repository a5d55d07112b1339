/* tests/fuzz/path.c - names: what comes out is safe, stable and printable. */
#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "formats/err.h"
#include "formats/flaw.h"
#include "formats/limits.h"
#include "formats/path.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n);

static void check_parts(const char *name, size_t n) {
  struct cursor c = cursor_over(name, n);
  const char *part;
  size_t len;
  int rc;
  while ((rc = path_next(&c, &part, &len)) == 1) {
    assert(part >= name && len > 0 && len <= LIMIT_NAME && len <= (size_t)(name + n - part));
    assert(memchr(part, '/', len) == NULL && memchr(part, 0, len) == NULL);
    assert(!(len == 1 && part[0] == '.') && !(len == 2 && part[0] == '.' && part[1] == '.'));
  }
  assert(rc == path_check(name, n));
}

static void check_clean(const char *name, size_t n) {
  char once[LIMIT_PATH], twice[LIMIT_PATH];
  int length = path_clean(name, n, once, sizeof once);
  if (length < 0) return;
  assert((size_t)length == strlen(once) && (size_t)length <= (n ? n : 1));
  assert(path_clean(once, (size_t)length, twice, sizeof twice) == length && strcmp(once, twice) == 0);
}

static void check_print(const char *name, size_t n) {
  size_t room = 4 * n + 1;
  char *out = malloc(room), *small = malloc(n + !n);
  size_t length = path_print(name, n, out, room);
  assert(length < room && strlen(out) == length);
  for (size_t i = 0; i < length; i++) assert((uint8_t)out[i] >= 0x20 && out[i] != 0x7f);
  assert(path_print(name, n, small, n) == length);
  if (n > 0) assert(strlen(small) < n && strncmp(small, out, strlen(small)) == 0);
  free(out);
  free(small);
}

static void check_flaw(const char *name, size_t n) {
  struct flaw f = {0};
  char line[512];
  flaw_set(&f, ERR_NAME, 1, "reason");
  flaw_entry(&f, name, n);
  flaw_detail(&f, name, n);
  assert(flaw_print(&f, line, sizeof line) == strlen(line));
  for (size_t i = 0; line[i]; i++) assert(line[i] >= 0x20 && line[i] <= 0x7e);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n) {
  const char *name = (const char *)bytes;
  check_parts(name, n);
  check_clean(name, n);
  check_print(name, n);
  check_flaw(name, n);
  return 0;
}
