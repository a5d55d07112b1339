/* mkimage/test/test_boot.c - a boot under QEMU: this very program as `mkimage run`, its streams on files of ours.
 *
 * So a test sees exactly what somebody would who types the command, and a machine that goes wrong takes nothing with
 * it.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "mkimage/test/test.h"

enum { BOOT_WORDS = 8, BOOT_OUTPUT_MAX = 1 << 20 };

struct boot {
  struct test_result *r;
  const char *image;
  int in, out, error; /* unnamed files; in may be /dev/null */
};

/* --- the files ------------------------------------------------------------------------------ */

static bool boot_open(struct boot *b) {
  const char *input = b->r->test->input;
  b->out = memfd_create("output", MFD_CLOEXEC);
  b->error = memfd_create("error", MFD_CLOEXEC);
  b->in = input != NULL ? memfd_create("input", MFD_CLOEXEC) : open("/dev/null", O_RDONLY | O_CLOEXEC);
  if (b->out < 0 || b->error < 0 || b->in < 0) return false;
  if (input == NULL) return true;
  size_t n = strlen(input);
  return write(b->in, input, n) == (ssize_t)n && lseek(b->in, 0, SEEK_SET) == 0;
}

static void boot_close(struct boot *b) {
  const int fds[] = {b->in, b->out, b->error};
  for (size_t i = 0; i < sizeof fds / sizeof fds[0]; i++)
    if (fds[i] >= 0) close(fds[i]);
}

/* What was written to one of them, from mmap; one byte of zero for nothing. */
static const uint8_t *boot_written(int fd, size_t *n) {
  struct stat st;
  *n = fstat(fd, &st) == 0 ? (size_t)st.st_size : 0;
  void *p = *n > 0 ? mmap(NULL, *n, PROT_READ, MAP_PRIVATE, fd, 0) : MAP_FAILED;
  if (p != MAP_FAILED) return p;
  *n = 0;
  return (const uint8_t *)"";
}

static void boot_unmap(const uint8_t *p, size_t n) {
  if (n > 0) munmap((void *)(uintptr_t)p, n);
}

/* --- the machine --------------------------------------------------------------------------------- */

/* The command; NULL: no memory. */
static char **boot_words(const struct boot *b, char timeout[32]) {
  const struct config_test *t = b->r->test;
  char **words = calloc(BOOT_WORDS + t->args + 1, sizeof *words);
  size_t n = 0;
  if (words == NULL) return NULL;
  snprintf(timeout, 32, "--timeout=%llu", (unsigned long long)t->timeout);
  const char *const first[] = {"mkimage", "run", timeout, b->image};
  for (size_t i = 0; i < sizeof first / sizeof first[0]; i++)
    words[n++] = (char *)(uintptr_t)first[i]; /* execv does not write to them */
  if (t->has_args) words[n++] = (char *)(uintptr_t) "--";
  for (size_t i = 0; i < t->args; i++) words[n++] = (char *)(uintptr_t)t->arg[i];
  return words;
}

/* The wait status; -1 when nothing could be started. */
static int boot_run(const struct boot *b) {
  char timeout[32];
  char **words = boot_words(b, timeout);
  if (words == NULL) return -1;
  const struct test_self s = {words, b->in, b->out, b->error, BOOT_OUTPUT_MAX};
  int status = test_self(&s);
  free(words);
  return status;
}

/* --- the test ------------------------------------------------------------------------------------- */

/* Behind what went wrong, the end of what was said beside the output tells why. */
static void boot_status(struct test_result *r, int status, const uint8_t *error, size_t n) {
  enum { SHOWN = 600 };
  char wanted[32], found[64];
  int code = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
  if (code == (int)r->test->status) return;
  snprintf(wanted, sizeof wanted, "%d", (int)r->test->status);
  snprintf(found, sizeof found, "%d", code);
  test_fail(r, "status", pool_copy(r->pool, wanted, strlen(wanted)), found);
  if (n > 0) test_fail_bytes(r, "standard error", "", error + (n > SHOWN ? n - SHOWN : 0), n > SHOWN ? SHOWN : n);
}

static void boot_judge(const struct boot *b, int status) {
  const struct config_test *t = b->r->test;
  size_t n, e;
  const uint8_t *out = boot_written(b->out, &n), *error = boot_written(b->error, &e);
  boot_status(b->r, status, error, e);
  if (t->expects > 0) test_parts(b->r, "expect", t->expect, t->expects, out, n);
  if (t->expect_errors > 0) test_parts(b->r, "stderr", t->expect_error, t->expect_errors, error, e);
  if (t->equals != NULL) test_equals(b->r, "equals", t->equals, out, n);
  if (t->matches != NULL) test_matches(b->r, "matches", t->matches, out, n);
  boot_unmap(out, n);
  boot_unmap(error, e);
}

void test_boot(struct test_result *r, const char *image) {
  struct boot b = {.r = r, .image = image, .in = -1, .out = -1, .error = -1};
  int status = boot_open(&b) ? boot_run(&b) : -1;
  if (status == -1)
    test_fail(r, "boot", "a machine", strerror(errno));
  else
    boot_judge(&b, status);
  boot_close(&b);
}
