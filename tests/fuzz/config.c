/* tests/fuzz/config.c - any text as app.cfg: everything wrong is said with its line, and what is taken becomes a
 * manifest.
 *
 * No file is opened but the text itself and one that `source` may name: open and fopen are this program's own while the
 * text is read.
 */
#include <assert.h>
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "formats/manifest.h"
#include "mkimage/config/config.h"

static struct outside {
  bool shut;
  const uint8_t *bytes;
  size_t n;
} outside;

/* libconfig's scanner keeps a string that does not end. */
const char *__lsan_default_suppressions(void);
const char *__lsan_default_suppressions(void) { return "leak:libconfig.so"; }

static int file_of(const void *bytes, size_t n) {
  int fd = memfd_create("fuzz", MFD_CLOEXEC);
  assert(fd >= 0 && write(fd, bytes, n) == (ssize_t)n && lseek(fd, 0, SEEK_SET) == 0);
  return fd;
}

int open64(const char *path, int flags, ...);
int open64(const char *path, int flags, ...) {
  va_list args;
  va_start(args, flags);
  mode_t mode = flags & O_CREAT ? va_arg(args, mode_t) : 0;
  va_end(args);
  if (!outside.shut) return (int)syscall(SYS_openat, AT_FDCWD, path, flags, mode);
  assert(flags == (O_RDONLY | O_CLOEXEC) || flags == (O_RDONLY | O_CLOEXEC | O_NOCTTY));
  if (strcmp(path, "app.cfg") == 0) return file_of(outside.bytes, outside.n);
  if (strcmp(path, "source") == 0) return file_of("content", 7);
  errno = ENOENT;
  return -1;
}

/* libconfig's way to other files. */
FILE *fopen(const char *path, const char *mode) {
  FILE *(*next)(const char *, const char *) = (FILE * (*)(const char *, const char *)) dlsym(RTLD_NEXT, "fopen");
  if (outside.shut) abort();
  return next(path, mode);
}

/* config_load with what it said, from malloc. */
static int load(struct config *c, const uint8_t *bytes, size_t n, char **said) {
  static const struct say say = {.quiet = true};
  size_t length;
  FILE *before = stderr;
  outside = (struct outside){true, bytes, n};
  stderr = open_memstream(said, &length);
  int status = config_load(c, &say, "app.cfg");
  fclose(stderr);
  stderr = before;
  outside.shut = false;
  assert(strlen(*said) == length);
  return status;
}

/* Each line is "app.cfg:LINE: message" or a quoted line of the text, and can be printed. */
static void check_said(const char *said, const uint8_t *bytes, size_t n) {
  unsigned long lines = 1;
  for (size_t i = 0; i < n; i++) lines += bytes[i] == '\n';
  for (const char *at = said; *at; at = strchr(at, '\n') + 1) {
    assert(strchr(at, '\n'));
    if (*at == ' ') continue;
    char *end;
    assert(strncmp(at, "app.cfg:", 8) == 0);
    unsigned long line = strtoul(at + 8, &end, 10);
    assert(line >= 1 && line <= lines && strncmp(end, ": ", 2) == 0);
  }
  for (const char *at = said; *at; at++) assert((uint8_t)*at >= ' ' || *at == '\n');
}

/* The manifest can be read, and its recipe is the one that was read from the text. */
static void check_manifest(const struct config *c, const char *platform) {
  static const struct say quiet = {.quiet = true};
  uint8_t *manifest, *again;
  size_t n, length;
  struct cursor records;
  struct manifest_record r;
  struct flaw flaw = {0};
  struct recipe recipe;
  assert(config_manifest(c, &quiet, platform, &manifest, &n) == EXIT_DONE);
  assert(manifest_open(&records, manifest, n, &flaw) == 0 && manifest_find(records, MANIFEST_RECIPE, &r));
  assert(recipe_decode(&recipe, r.bytes, r.length, &flaw) == 0);
  assert(recipe_encode(&recipe, &again, &length) == 0 && length == r.length && memcmp(again, r.bytes, length) == 0);
  recipe_drop(&recipe);
  free(again);
  free(manifest);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n);
int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n) {
  struct config c;
  char *said = NULL;
  int status = load(&c, bytes, n, &said);
  assert(status == EXIT_DONE || status == EXIT_USAGE);
  assert((status == EXIT_DONE) == (said[0] == 0));
  check_said(said, bytes, n);
  if (status == EXIT_DONE && c.program)
    for (size_t i = 0; i < c.platforms; i++) check_manifest(&c, c.platform[i]);
  config_drop(&c);
  free(said);
  return 0;
}
