/* tests/unit/mkimage_mount_wire.c - the mount without a mount: this test is the kernel, and speaks FUSE's protocol
 * (linux/fuse.h) over a socket that keeps messages apart.
 *
 * What needs a /dev/fuse is tests/e2e/mount.sh and tests/unit/mkimage_mount.c; here nothing is checked by a kernel
 * between, so that what vfscore itself allows is seen, and every look-up that is not forgotten.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <errno.h>
#include <fcntl.h>
#include <linux/fuse.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include "mkimage/mount/mount.h"

enum { ROOM = 300000, ROOT = FUSE_ROOT_ID };

struct wire {
  struct taproot *t;
  pthread_t server;
  char dir[32];
  int fd, other;
  int status;
  bool changed;
  uint64_t unique;
  uint32_t uid;
  _Alignas(16) char in[ROOM];
  _Alignas(16) char out[ROOM];
  size_t got; /* bytes of the answer behind its header */
};

static void *serve(void *arg) {
  static const struct say quiet = {.quiet = true};
  struct wire *w = arg;
  const struct mount_plan plan = {.t = w->t, .say = &quiet, .name = "x", .dir = w->dir};
  w->status = mount_serve(&plan, &w->changed);
  return NULL;
}

/* Sends a request of several parts; what stands behind the header of the answer is at out + its size.  The error. */
static int ask(struct wire *w, uint32_t opcode, uint64_t node, const void *a, size_t n, const void *b, size_t m) {
  struct fuse_in_header h = {.len = (uint32_t)(sizeof h + n + m), .opcode = opcode, .unique = ++w->unique};
  const struct fuse_out_header *o = (void *)w->out;
  h.nodeid = node;
  h.uid = h.gid = w->uid;
  memcpy(w->in, &h, sizeof h);
  if (n > 0) memcpy(w->in + sizeof h, a, n);
  if (m > 0) memcpy(w->in + sizeof h + n, b, m);
  assert_int_equal(send(w->fd, w->in, h.len, 0), h.len);
  if (opcode == FUSE_FORGET || opcode == FUSE_BATCH_FORGET) return 0; /* no answer */
  ssize_t got = recv(w->fd, w->out, sizeof w->out, 0);
  assert_true(got >= (ssize_t)sizeof *o);
  assert_int_equal(o->unique, h.unique);
  w->got = (size_t)got - sizeof *o;
  return o->error;
}

static void *answer(struct wire *w) { return w->out + sizeof(struct fuse_out_header); }
static int ask_name(struct wire *w, uint32_t opcode, uint64_t node, const char *name) {
  return ask(w, opcode, node, name, strlen(name) + 1, NULL, 0);
}

static int begin(void **state) {
  struct wire *w = calloc(1, sizeof *w);
  struct taproot_options o = {.memory = 32 << 20, .now_ns = -1};
  int ends[2], room = 1 << 20;
  if (w == NULL || (w->t = taproot_start(&o)) == NULL || socketpair(AF_UNIX, SOCK_SEQPACKET, 0, ends) != 0) return -1;
  setsockopt(ends[0], SOL_SOCKET, SO_SNDBUF, &room, sizeof room);
  setsockopt(ends[1], SOL_SOCKET, SO_SNDBUF, &room, sizeof room);
  w->fd = ends[0];
  w->other = ends[1];
  snprintf(w->dir, sizeof w->dir, "/dev/fd/%d", w->other);
  if (pthread_create(&w->server, NULL, serve, w) != 0) return -1;
  struct fuse_init_in in = {.major = FUSE_KERNEL_VERSION, .minor = 31, .max_readahead = 131072};
  in.flags = FUSE_ASYNC_READ | FUSE_ATOMIC_O_TRUNC | FUSE_BIG_WRITES | FUSE_HANDLE_KILLPRIV | FUSE_AUTO_INVAL_DATA;
  if (ask(w, FUSE_INIT, 0, &in, sizeof in, NULL, 0) != 0) return -1;
  *state = w;
  return 0;
}

static int end(void **state) {
  struct wire *w = *state;
  pthread_kill(w->server, SIGTERM);
  pthread_join(w->server, NULL);
  int bad = w->status != 0 || taproot_check(w->t) != NULL;
  close(w->fd);
  close(w->other);
  taproot_stop(w->t);
  free(w);
  return bad ? -1 : 0;
}

/* --- names ------------------------------------------------------------------------------------- */

static uint64_t entry(struct wire *w) {
  const struct fuse_entry_out *e = answer(w);
  assert_true(w->got >= sizeof *e);
  assert_int_equal(e->entry_valid + e->attr_valid, 0); /* nothing may be kept */
  assert_int_equal(e->entry_valid_nsec + e->attr_valid_nsec, 0);
  assert_int_equal(e->generation, e->attr.ino);
  return e->nodeid;
}

static void forget(struct wire *w, uint64_t node, uint64_t lookups) {
  const struct fuse_forget_in in = {lookups};
  ask(w, FUSE_FORGET, node, &in, sizeof in, NULL, 0);
}

static int make_dir(struct wire *w, uint64_t dir, const char *name, uint32_t mode) {
  const struct fuse_mkdir_in in = {.mode = mode};
  return ask(w, FUSE_MKDIR, dir, &in, sizeof in, name, strlen(name) + 1);
}

static uint64_t make_file(struct wire *w, uint64_t dir, const char *name, uint32_t mode, uint64_t *fh) {
  const struct fuse_create_in in = {.flags = O_RDWR | O_CREAT | O_EXCL, .mode = S_IFREG | mode};
  assert_int_equal(ask(w, FUSE_CREATE, dir, &in, sizeof in, name, strlen(name) + 1), 0);
  uint64_t node = entry(w);
  const struct fuse_open_out *o = (void *)((char *)answer(w) + sizeof(struct fuse_entry_out));
  *fh = o->fh;
  return node;
}

static int release(struct wire *w, uint32_t opcode, uint64_t node, uint64_t fh) {
  const struct fuse_release_in in = {.fh = fh};
  return ask(w, opcode, node, &in, sizeof in, NULL, 0);
}

static int put(struct wire *w, uint64_t node, uint64_t fh, const char *bytes, uint64_t at) {
  const struct fuse_write_in in = {.fh = fh, .offset = at, .size = (uint32_t)strlen(bytes)};
  return ask(w, FUSE_WRITE, node, &in, sizeof in, bytes, strlen(bytes));
}

static const struct fuse_attr *attributes(struct wire *w, uint64_t node) {
  const struct fuse_getattr_in in = {0};
  assert_int_equal(ask(w, FUSE_GETATTR, node, &in, sizeof in, NULL, 0), 0);
  return &((struct fuse_attr_out *)answer(w))->attr;
}

static uint64_t free_bytes(struct wire *w) {
  struct taproot_memory m;
  taproot_memory(w->t, &m);
  return m.free;
}

static void what_is_forgotten_goes(void **state) {
  struct wire *w = *state;
  uint64_t fh, before = free_bytes(w);
  uint64_t node = make_file(w, ROOT, "file", 0644, &fh);
  for (int i = 0; i < 300; i++) assert_int_equal(put(w, node, fh, "0123456789", (uint64_t)i * 4096), 0);
  assert_int_equal(release(w, FUSE_RELEASE, node, fh), 0);
  for (int i = 0; i < 3; i++) {
    assert_int_equal(ask_name(w, FUSE_LOOKUP, ROOT, "file"), 0);
    assert_int_equal(entry(w), node);
  }
  assert_int_equal(ask_name(w, FUSE_UNLINK, ROOT, "file"), 0);
  assert_int_equal(ask_name(w, FUSE_LOOKUP, ROOT, "file"), -ENOENT);
  forget(w, node, 3);
  assert_int_equal(attributes(w, node)->nlink, 0); /* one look-up is left */
  assert_int_equal(attributes(w, node)->size, 299 * 4096 + 10);
  assert_true(free_bytes(w) < before - 300 * 4096);
  forget(w, node, 1);
  attributes(w, ROOT); /* whoever answers this has forgotten */
  assert_true(free_bytes(w) >= before - 4096 * 4);
  assert_int_equal(ask_name(w, FUSE_LOOKUP, ROOT, "."), 0);
}

static void a_batch_is_forgotten(void **state) {
  enum { N = 100 };
  struct wire *w = *state;
  struct fuse_forget_one one[N];
  char name[16];
  for (int i = 0; i < N; i++) {
    snprintf(name, sizeof name, "d%d", i);
    assert_int_equal(make_dir(w, ROOT, name, 0755), 0);
    one[i] = (struct fuse_forget_one){entry(w), 1};
    assert_int_equal(ask_name(w, FUSE_RMDIR, ROOT, name), 0);
  }
  assert_int_equal(attributes(w, one[7].nodeid)->nlink, 0);
  const struct fuse_batch_forget_in in = {.count = N};
  ask(w, FUSE_BATCH_FORGET, 0, &in, sizeof in, one, sizeof one);
  assert_int_equal(attributes(w, ROOT)->nlink, 2);
}

/* --- directories ----------------------------------------------------------------------------------- */

/* Names from an offset on into an answer of so many bytes; how many, and the last one's offset. */
static int list(struct wire *w, uint64_t fh, uint64_t *from, uint32_t size, unsigned seen[200]) {
  const struct fuse_read_in in = {.fh = fh, .offset = *from, .size = size};
  int n = 0;
  assert_int_equal(ask(w, FUSE_READDIR, ROOT, &in, sizeof in, NULL, 0), 0);
  assert_true(w->got <= size);
  for (size_t at = 0; at < w->got; n++) {
    const struct fuse_dirent *d = (void *)((char *)answer(w) + at);
    assert_true(w->got - at >= FUSE_NAME_OFFSET + d->namelen);
    if (d->name[0] == 'n') seen[atoi(d->name + 1)]++;
    *from = d->off;
    at += FUSE_DIRENT_ALIGN(FUSE_NAME_OFFSET + d->namelen);
  }
  return n;
}

static void a_listing_goes_on(void **state) {
  struct wire *w = *state;
  const struct fuse_open_in in = {.flags = O_RDONLY | O_DIRECTORY};
  unsigned seen[200] = {0};
  uint64_t from = 0;
  char name[16];
  for (int i = 0; i < 200; i++) {
    snprintf(name, sizeof name, "n%d", i);
    assert_int_equal(make_dir(w, ROOT, name, 0700), 0);
  }
  assert_int_equal(ask(w, FUSE_OPENDIR, ROOT, &in, sizeof in, NULL, 0), 0);
  uint64_t fh = ((struct fuse_open_out *)answer(w))->fh;
  for (int round = 0; list(w, fh, &from, 300, seen) > 0; round++) {
    snprintf(name, sizeof name, "n%d", round * 3 % 200);
    ask_name(w, FUSE_RMDIR, ROOT, name);
    snprintf(name, sizeof name, "more%d", round);
    if (round < 20) assert_int_equal(make_dir(w, ROOT, name, 0700), 0);
  }
  for (int i = 0; i < 200; i++) {
    snprintf(name, sizeof name, "n%d", i);
    bool stays = ask_name(w, FUSE_LOOKUP, ROOT, name) == 0;
    assert_true(stays ? seen[i] == 1 : seen[i] <= 1);
  }
  assert_int_equal(release(w, FUSE_RELEASEDIR, ROOT, fh), 0);
}

/* --- callers ------------------------------------------------------------------------------------------ */

static int open_as(struct wire *w, uint32_t uid, uint64_t node, uint32_t flags) {
  const struct fuse_open_in in = {.flags = flags};
  uint32_t before = w->uid;
  w->uid = uid;
  int rc = ask(w, FUSE_OPEN, node, &in, sizeof in, NULL, 0);
  w->uid = before;
  if (rc == 0) assert_int_equal(release(w, FUSE_RELEASE, node, ((struct fuse_open_out *)answer(w))->fh), 0);
  return rc;
}

static int change(struct wire *w, uint64_t node, const struct fuse_setattr_in *in) {
  return ask(w, FUSE_SETATTR, node, in, sizeof *in, NULL, 0);
}

static void strangers_may_less(void **state) {
  struct wire *w = *state;
  uint64_t fh, node = make_file(w, ROOT, "secret", 0600, &fh);
  assert_int_equal(put(w, node, fh, "hush", 0), 0);
  assert_int_equal(release(w, FUSE_RELEASE, node, fh), 0);
  assert_int_equal(open_as(w, 0, node, O_RDWR), 0);
  assert_int_equal(open_as(w, 1000, node, O_RDONLY), -EACCES);
  w->uid = 1000;
  assert_int_equal(ask_name(w, FUSE_UNLINK, ROOT, "secret"), -EACCES);
  assert_int_equal(make_dir(w, ROOT, "mine", 0755), -EACCES);
  assert_int_equal(change(w, node, &(struct fuse_setattr_in){.valid = FATTR_MODE, .mode = 0666}), -EPERM);
  assert_int_equal(change(w, node, &(struct fuse_setattr_in){.valid = FATTR_SIZE}), -EACCES);
  assert_int_equal(change(w, node, &(struct fuse_setattr_in){.valid = FATTR_UID, .uid = 1000}), -EPERM);
  const struct fuse_access_in in = {.mask = R_OK};
  assert_int_equal(ask(w, FUSE_ACCESS, node, &in, sizeof in, NULL, 0), -EACCES);
  w->uid = 0;
  assert_int_equal(change(w, node,
                          &(struct fuse_setattr_in){
                              .valid = FATTR_UID | FATTR_GID | FATTR_MODE, .uid = 1000, .gid = 1000, .mode = 04755}),
                   0);
  assert_int_equal(attributes(w, node)->mode, S_IFREG | 04755); /* the owner first, or the bit would be gone */
  w->uid = 1000;
  assert_int_equal(open_as(w, 1000, node, O_RDWR | O_TRUNC), 0);
  assert_int_equal(attributes(w, node)->mode, S_IFREG | 0755); /* whoever is not root and writes takes it away */
  assert_int_equal(attributes(w, node)->size, 0);
}

/* A program that may only be run is opened for that, and for nothing else. */
static void a_program_need_not_be_readable(void **state) {
  struct wire *w = *state;
  uint64_t fh, node = make_file(w, ROOT, "program", 0711, &fh);
  assert_int_equal(release(w, FUSE_RELEASE, node, fh), 0);
  assert_int_equal(open_as(w, 1000, node, O_RDONLY), -EACCES);
  assert_int_equal(open_as(w, 1000, node, O_RDONLY | 040), 0);
  assert_int_equal(change(w, node, &(struct fuse_setattr_in){.valid = FATTR_MODE, .mode = 0700}), 0);
  assert_int_equal(open_as(w, 1000, node, O_RDONLY | 040), -EACCES);
}

static void memory_ends_with_an_error(void **state) {
  struct wire *w = *state;
  uint64_t fh, node = make_file(w, ROOT, "big", 0600, &fh), at = 0;
  char *block = malloc(100001);
  int rc = 0;
  assert_non_null(block);
  memset(block, 'x', 100000);
  block[100000] = 0;
  for (; rc == 0 && at < (64 << 20); at += 100000) rc = put(w, node, fh, block, at);
  assert_int_equal(rc, -ENOSPC);
  assert_int_equal(change(w, node, &(struct fuse_setattr_in){.valid = FATTR_SIZE | FATTR_FH, .fh = fh}), 0);
  assert_int_equal(put(w, node, fh, "again", 0), 0);
  free(block);
}

int main(void) {
#define TEST(f) cmocka_unit_test_setup_teardown(f, begin, end)
  const struct CMUnitTest tests[] = {
      TEST(what_is_forgotten_goes), TEST(a_batch_is_forgotten),           TEST(a_listing_goes_on),
      TEST(strangers_may_less),     TEST(a_program_need_not_be_readable), TEST(memory_ends_with_an_error)};
  return cmocka_run_group_tests(tests, NULL, NULL);
}
