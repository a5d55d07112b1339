/* mkimage/test/test.h - one test of app.cfg against one image, and how what came of it is told.
 *
 * What is in the tree is looked at through libtaproot; a boot is `mkimage run`
 * of this very program, with its streams on files of ours.
 */
#ifndef MKIMAGE_TEST_H
#define MKIMAGE_TEST_H

#include <limits.h>
#include <signal.h>

#include "mkimage/config/config.h"
#include "mkimage/look/look.h"

/* One thing that is not as it should be. */
struct test_fault {
  struct test_fault *next;
  const char *what;           /* "mode", "output", ... */
  const char *wanted, *found; /* as they are: not escaped */
  size_t wanted_len, found_len;
};

struct test_result {
  const struct config_test *test;
  const char *name;
  const char *skipped; /* why; NULL: it was run */
  struct test_fault *fault, **end;
  uint64_t ms;
  struct pool *pool;
};

void test_result_start(struct test_result *r, const struct config_test *t, const char *name, struct pool *pool);
void test_fail(struct test_result *r, const char *what, const char *wanted, const char *found);
void test_fail_bytes(struct test_result *r, const char *what, const char *wanted, const uint8_t *found, size_t n);

/* test_text.c: bytes against what `equals`, `matches` and a list of parts in order want. */
void test_equals(struct test_result *r, const char *what, const char *wanted, const uint8_t *bytes, size_t n);
void test_matches(struct test_result *r, const char *what, const char *pattern, const uint8_t *bytes, size_t n);
void test_parts(struct test_result *r, const char *what, const char **parts, size_t count, const uint8_t *bytes,
                size_t n);

/* test_content.c and test_boot.c.  What could not be found out is a fault, too. */
void test_content(struct test_result *r, struct look *l);
void test_boot(struct test_result *r, const char *image);

/* test_self.c: this program with these words and descriptors; the wait status, -1 with errno. */
struct test_self {
  char **words;
  int in, out, error;
  uint64_t output_max; /* bytes that it may write to a file; 0: any */
};
int test_self(const struct test_self *s);

/* Has a signal come that would end us, and waits? */
bool test_interrupted(void);

/* test_pack.c: packs a directory into a place of its own.  The signals that would end us wait until test_unpack has
 * taken it away.  EXIT_DONE, or the status with the error said; test_unpack follows in either case. */
struct test_place {
  char dir[PATH_MAX];
  bool made;
  sigset_t before;
};
int test_pack(struct test_place *p, const struct say *say, const char *config, const char *rootfs);
void test_unpack(struct test_place *p, const struct config *c);

/* test_tell.c: as they come, for people and machines; test_junit.c: all of them, into a file. */
enum test_format { TEST_TAP, TEST_JSON };
void test_tell_plan(enum test_format f, size_t tests);
void test_tell(enum test_format f, size_t number, const struct test_result *r);
void test_tell_sum(enum test_format f, const struct test_result *r, size_t tests);
int test_junit(const struct say *say, const char *file, const char *suite, const struct test_result *r, size_t tests);

#endif
