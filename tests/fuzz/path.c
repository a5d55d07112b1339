/* tests/fuzz/path.c - names: what comes out is safe, stable and printable; so is what is said of them. */
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
  size_t room = n % 5;
  int narrow = path_clean(name, n, twice, room);
  assert(narrow == ERR_NAMETOOLONG || narrow < 0 || (narrow == length && (size_t)length < room));
  if (length < 0) return;
  assert((size_t)length == strlen(once) && (size_t)length <= (n ? n : 1));
  assert(path_clean(once, (size_t)length, twice, sizeof twice) == length && strcmp(once, twice) == 0);
}

/* One component is told from none, dots and several. */
static void check_plain(const char *name, size_t n) {
  struct cursor c = cursor_over(name, n);
  const char *part = NULL;
  size_t len = 0;
  bool one = path_next(&c, &part, &len) == 1 && part == name && len == n;
  assert(path_plain(name, n) == one);
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

/* Any code, any of the places, with and without what may be left out. */
static struct flaw some_flaw(const char *name, size_t n, uint64_t bits) {
  struct flaw f = {0};
  int code = -(int)(bits >> 8 & 2047);
  uint64_t at = bits & 2 ? bits : FLAW_NOWHERE;
  if (bits & 1)
    flaw_set_stored(&f, code, at, bits & 4 ? "reason" : NULL);
  else
    flaw_set(&f, code, at, bits & 4 ? "reason" : NULL);
  if (bits & 8) f.packed = bits;
  if (bits & 16) f.wanted = bits;
  if (bits & 32) flaw_entry(&f, name, n);
  if (bits & 64) flaw_number(&f, bits);
  if (bits & 128) flaw_detail(&f, name, n);
  return f;
}

static void check_flaw(const char *name, size_t n) {
  uint64_t bits = 0;
  char line[512], cut[40] = "";
  memcpy(&bits, name, n < 8 ? n : 8);
  struct flaw f = some_flaw(name, n, bits), before = f;
  assert(flaw_print(&f, line, sizeof line) == strlen(line));
  for (size_t i = 0; line[i]; i++) assert(line[i] >= 0x20 && line[i] <= 0x7e);
  size_t room = bits % sizeof cut, length = flaw_print(&f, cut, room);
  assert(length == strlen(cut) && length == (strlen(line) < room ? strlen(line) : room - !!room));
  assert(memcmp(cut, line, length) == 0);
  flaw_entry(&f, "another", 7), flaw_detail(&f, "another", 7), flaw_number(&f, 7); /* the first stays */
  if (before.entry[0]) assert(strcmp(f.entry, before.entry) == 0);
  if (before.detail[0]) assert(strcmp(f.detail, before.detail) == 0);
  if (f.code) assert(flaw_set(&f, ERR_BUG, 1, "another") == f.code && flaw_set_stored(&f, ERR_BUG, 1, NULL) == f.code);
}

/* Every code has its sentence and its family. */
static void check_code(const char *name, size_t n) {
  int code = n < 2 ? (int)n : -(((uint8_t)name[0] << 8 | (uint8_t)name[1]) & 2047);
  bool known = strcmp(err_sentence(code), "unknown error") != 0;
  assert(err_sentence(code)[0] && err_family(code) <= ERR_BUG_FAMILY && (known || err_family(code) == ERR_BUG_FAMILY));
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n) {
  const char *name = (const char *)bytes;
  check_parts(name, n);
  check_clean(name, n);
  check_plain(name, n);
  check_print(name, n);
  check_flaw(name, n);
  check_code(name, n);
  return 0;
}
