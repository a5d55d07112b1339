/* mkimage/test/test_content.c - what a path of the tree is, as a program in the machine would find it. */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "formats/digest.h"
#include "formats/err.h"
#include "mkimage/look/show.h"
#include "mkimage/test/test.h"

struct content {
  struct test_result *r;
  const struct config_test *test;
  struct taproot *t;
  char path[LIMIT_PATH + 1]; /* absolute */
};

static void content_compare(struct content *c, const char *what, const char *wanted, const char *found) {
  if (strcmp(wanted, found) != 0) test_fail(c->r, what, pool_copy(c->r->pool, wanted, strlen(wanted)), found);
}

/* --- attributes ------------------------------------------------------------------------- */

static void content_attributes(struct content *c, const struct taproot_stat *st) {
  const struct config_test *t = c->test;
  char wanted[32], found[32];
  if (t->type != 0) content_compare(c, "type", show_type(t->type), show_type(st->mode));
  if (t->has_mode) {
    snprintf(wanted, sizeof wanted, "%04o", t->mode);
    snprintf(found, sizeof found, "%04o", st->mode & 07777);
    content_compare(c, "mode", wanted, found);
  }
  if (t->has_owner) {
    snprintf(wanted, sizeof wanted, "%u:%u", t->uid, t->gid);
    snprintf(found, sizeof found, "%u:%u", st->uid, st->gid);
    content_compare(c, "owner", wanted, found);
  }
}

static void content_target(struct content *c) {
  char found[LIMIT_TARGET + 1];
  ssize_t n = taproot_readlink(c->t, c->path, found, LIMIT_TARGET);
  if (n < 0) {
    test_fail(c->r, "target", c->test->target, "not a symlink");
    return;
  }
  found[n] = 0;
  content_compare(c, "target", c->test->target, found);
}

/* --- bytes -------------------------------------------------------------------------------- */

/* All of a file, in *bytes (from malloc). 0 or a negative code. */
static int content_read(struct content *c, uint8_t **bytes, size_t size) {
  size_t have = 0;
  ssize_t n = 1;
  *bytes = malloc(size + 1);
  int fd = *bytes != NULL ? taproot_open(c->t, c->path, O_RDONLY, 0) : ERR_NOMEM;
  if (fd < 0) return fd;
  for (; have < size && n > 0; have += (size_t)n) {
    n = taproot_read(c->t, fd, *bytes + have, size - have);
    if (n < 0) break;
  }
  taproot_close(c->t, fd);
  (*bytes)[have] = 0;
  return n < 0 ? (int)n : 0;
}

static void content_sha256(struct content *c, const uint8_t *bytes, size_t n) {
  uint8_t sum[DIGEST_BYTES];
  char hex[2 * DIGEST_BYTES + 1];
  digest_over(DIGEST_SHA256, bytes, n, sum);
  show_hex(sum, sizeof sum, hex);
  content_compare(c, "sha256", c->test->sha256, hex);
}

static void content_bytes(struct content *c, const struct taproot_stat *st) {
  const struct config_test *t = c->test;
  uint8_t *bytes = NULL;
  int rc;
  if (t->equals == NULL && t->matches == NULL && t->sha256 == NULL) return;
  if (!S_ISREG(st->mode)) {
    test_fail(c->r, "content", "a regular file", show_type(st->mode));
  } else if ((rc = content_read(c, &bytes, (size_t)st->size)) < 0) {
    test_fail(c->r, "content", "a file that can be read", taproot_sentence(rc));
  } else {
    if (t->equals != NULL) test_equals(c->r, "equals", t->equals, bytes, (size_t)st->size);
    if (t->matches != NULL) test_matches(c->r, "matches", t->matches, bytes, (size_t)st->size);
    if (t->sha256 != NULL) content_sha256(c, bytes, (size_t)st->size);
  }
  free(bytes);
}

/* --- the test ----------------------------------------------------------------------------------- */

/* A symlink itself counts where it is asked for as such, or not asked about at all. */
static bool content_follows(const struct config_test *t) {
  bool asks =
      t->type != 0 || t->has_mode || t->has_owner || t->equals != NULL || t->matches != NULL || t->sha256 != NULL;
  return asks && t->type != S_IFLNK && t->target == NULL;
}

void test_content(struct test_result *r, struct look *l) {
  struct content c = {.r = r, .test = r->test, .t = l->t};
  struct taproot_stat st;
  snprintf(c.path, sizeof c.path, "/%s", r->test->path);
  int rc = content_follows(r->test) ? taproot_stat(c.t, c.path, &st) : taproot_lstat(c.t, c.path, &st);
  bool gone = rc == ERR_NOENT || rc == ERR_NOTDIR;
  if (r->test->absent) {
    if (!gone) test_fail(r, "path", "absent", rc < 0 ? taproot_sentence(rc) : show_type(st.mode));
    return;
  }
  if (rc < 0) {
    test_fail(r, "path", "there", taproot_sentence(rc));
    return;
  }
  content_attributes(&c, &st);
  if (r->test->target != NULL) content_target(&c);
  content_bytes(&c, &st);
}
