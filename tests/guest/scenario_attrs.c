/* tests/guest/scenario_attrs.c - extended attributes: what is kept, what is asked for, and who may, for two users. */
#include "calls.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "scenario.h"

enum { STRANGER = 1000, ROOM = 1 << 17 };
#define LONGEST                                                                                                        \
  "user."                                                                                                              \
  "nnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnn" \
  "nnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnn" \
  "nn"                                                                                                                 \
  "nnnnnnnnnnnnnnnnnnnnnn"
static const char *const attr_paths[] = {"file", "mine", "dir", "sticky", "link", "hard", "fifo", "node", "secret"};
static const char *const attr_names[] = {"user.a",    "user.b",    "user.a.b", "user.\377\n", "user.",      "user",
                                         "trusted.a", "trusted.b", "trusted.", "security.a",  "security.b", "foo.bar",
                                         "foo",       "",          LONGEST,    LONGEST "n"};
static const size_t attr_sizes[] = {0, 1, 2, 50, 51, 4000, 65535, 65536, 65537, 100000};
#define PICK(of) of[drawn(seed, sizeof of / sizeof of[0])]

static unsigned drawn(uint64_t *seed, unsigned below) {
  *seed = *seed * 6364136223846793005u + 1442695040888963407u;
  return (unsigned)(*seed >> 33) % below;
}

static void make_tree(const struct calls *k) {
  static const char *const files[] = {"file", "mine", "secret"};
  for (int i = 0; i < 3; i++) scenario_put(k, files[i], "x");
  k->mkdir(HERE, "dir", 0755), k->mkdir(HERE, "sticky", 0755), k->symlink("file", HERE, "link");
  k->link(HERE, "file", HERE, "hard", 0);
  k->mknod(HERE, "fifo", S_IFIFO | 0666, 0, 0), k->mknod(HERE, "node", S_IFCHR | 0666, 1, 3);
  k->chmod(HERE, "fifo", 0666), k->chmod(HERE, "node", 0666), k->chmod(HERE, "sticky", 01777);
  k->chmod(HERE, "file", 0644), k->chmod(HERE, "secret", 0600);
  k->chown(HERE, "mine", STRANGER, STRANGER, 0);
}

static int by_name(const void *a, const void *b) { return strcmp(*(char *const *)a, *(char *const *)b); }

/* Linux has an order of its own. */
static void show_list(const struct calls *k, FILE *out, int fd, const char *path, int flags, size_t room) {
  static char bytes[ROOM];
  char *sorted[64];
  size_t n = 0;
  long got = k->list_attrs(fd, path, flags, bytes, room);
  fprintf(out, "list %s %d %lu = %ld", path ? path : "fd", flags, (unsigned long)room, got);
  for (char *name = bytes; room > 0 && name < bytes + got && n < 64; name += strlen(name) + 1) sorted[n++] = name;
  qsort(sorted, n, sizeof sorted[0], by_name);
  for (size_t i = 0; i < n; i++) fprintf(out, " %s", sorted[i]);
  fprintf(out, "\n");
}

static void show_value(const struct calls *k, FILE *out, int fd, const char *path, int flags, const char *name,
                       size_t room) {
  static unsigned char bytes[ROOM];
  unsigned long sum = 0;
  long got = k->get_attr(fd, path, flags, name, bytes, room);
  for (long i = 0; room > 0 && i < got; i++) sum = sum * 31 + bytes[i];
  fprintf(out, "get %s %d %s %lu = %ld, %lu\n", path ? path : "fd", flags, name, (unsigned long)room, got, sum);
}

static void one_call(const struct calls *k, FILE *out, int fd, uint64_t *seed) {
  static char value[ROOM];
  const char *path = drawn(seed, 10) ? PICK(attr_paths) : NULL, *name = PICK(attr_names);
  int flags = drawn(seed, 4) ? 0 : AT_SYMLINK_NOFOLLOW, how = drawn(seed, 3) ? 0 : (int)drawn(seed, 5);
  size_t n = PICK(attr_sizes);
  unsigned what = drawn(seed, 100);
  memset(value, (int)drawn(seed, 256), n);
  if (what < 45)
    fprintf(out, "set %s %d %s %lu %d = %d\n", path ? path : "fd", flags, name, (unsigned long)n, how,
            k->set_attr(fd, path, flags, name, value, n, how));
  else if (what < 65)
    fprintf(out, "remove %s %d %s = %d\n", path ? path : "fd", flags, name, k->remove_attr(fd, path, flags, name));
  else if (what < 85)
    show_value(k, out, fd, path, flags, name, n);
  else
    show_list(k, out, fd, path, flags, n);
}

/* A write and a change of owner take security.capability away, from whoever they come. */
static void capabilities(const struct calls *k, FILE *out) {
  static const char name[] = "security.capability";
  static const char value[20] = {0, 0, 0, 2, 0, 4};
  char c[32];
  int fd = k->open(HERE, "file", O_RDWR, 0);
  SHOW(k->set_attr(fd, NULL, 0, name, value, sizeof value, 0));
  SHOW(k->get_attr(fd, NULL, 0, name, c, sizeof c));
  SHOW(k->chmod(HERE, "file", 0755));
  SHOW(k->get_attr(fd, NULL, 0, name, c, sizeof c));
  SHOW(k->write(fd, "y", 1));
  SHOW(k->get_attr(fd, NULL, 0, name, c, sizeof c));
  SHOW(k->set_attr(-1, "file", 0, name, value, sizeof value, 0));
  SHOW(k->chown(HERE, "file", 0, 0, 0));
  SHOW(k->get_attr(-1, "file", 0, name, c, sizeof c));
  SHOW(k->set_attr(-1, "file", 0, name, value, sizeof value, 0));
  SHOW(k->truncate("file", 0));
  SHOW(k->get_attr(-1, "file", 0, name, c, sizeof c));
  SHOW(k->set_attr(-1, "file", 0, name, value, sizeof value, 0));
  SHOW(k->fallocate(fd, 0, 0, 10));
  SHOW(k->get_attr(-1, "file", 0, name, c, sizeof c));
  SHOW(k->set_attr(-1, "file", 0, name, value, sizeof value, 0));
  SHOW(k->ftruncate(fd, 5));
  SHOW(k->get_attr(-1, "file", 0, name, c, sizeof c));
  SHOW(k->set_attr(-1, "file", 0, name, value, sizeof value, 0));
  k->close(k->open(HERE, "file", O_WRONLY | O_TRUNC, 0));
  SHOW(k->get_attr(-1, "file", 0, name, c, sizeof c));
  SHOW(k->set_attr(-1, "file", 0, name, value, sizeof value, 0));
  int mine = k->open(HERE, "mine", O_RDONLY, 0);
  SHOW(k->copy(mine, NULL, fd, NULL, 1));
  k->close(mine);
  SHOW(k->get_attr(-1, "file", 0, name, c, sizeof c));
  SHOW(k->set_attr(-1, "file", 0, name, value, sizeof value, 0));
  SHOW(k->write(fd, "", 0));
  SHOW(k->get_attr(-1, "file", 0, name, c, sizeof c));
  SHOW(k->chown(HERE, "file", -1, -1, 0));
  SHOW(k->get_attr(-1, "file", 0, name, c, sizeof c));
  k->close(fd);
}

/* What keeps them and what does not. */
static void lives(const struct calls *k, FILE *out) {
  struct calls_stat before, after;
  char c[32];
  SHOW(k->set_attr(-1, "mine", 0, "user.a", "kept", 4, 1));
  SHOW(k->set_attr(-1, "mine", 0, "user.a", "kept", 4, 1));
  SHOW(k->set_attr(-1, "mine", 0, "user.b", "kept", 4, 2));
  SHOW(k->rename(HERE, "mine", HERE, "moved", 0));
  SHOW(k->get_attr(-1, "moved", 0, "user.a", c, 4));
  SHOW(k->get_attr(-1, "moved", 0, "user.a", c, 3));
  k->utimes(HERE, "moved", (struct calls_time[2]){{1000, 1}, {2000, 2}}, 0);
  SHOW(k->stat(HERE, "moved", 0, &before));
  SHOW(k->set_attr(-1, "moved", 0, "user.c", "", 0, 0));
  SHOW(k->stat(HERE, "moved", 0, &after));
  fprintf(out, "mtime %ld, size %ld\n", (long)after.mtime_s, (long)after.size);
  show_list(k, out, -1, "moved", 0, 100);
  SHOW(k->unlink(HERE, "moved", 0));
  scenario_put(k, "mine", "x");
  k->chown(HERE, "mine", STRANGER, STRANGER, 0);
  show_list(k, out, -1, "mine", 0, 100);
  SHOW(k->list_attrs(99, NULL, 0, c, 32));
  SHOW(k->get_attr(-1, "nothing", 0, "user.a", c, 32));
  int fd = k->open(HERE, "file", O_PATH, 0);
  fprintf(out, "of a path: %d\n", fd < 0 ? 0 : 1);
  k->close(fd);
}

bool scenario_attrs(const struct calls *k, FILE *out, uint64_t seed, unsigned steps) {
  make_tree(k);
  if (k->set_attr(-1, "file", 0, "user.a", "1", 1, 0) < 0 || k->remove_attr(-1, "file", 0, "user.a") < 0) return false;
  capabilities(k, out);
  lives(k, out);
  int fd = k->open(HERE, "file", O_RDONLY, 0);
  for (unsigned i = 0; i < steps; i++) {
    if (i % 50 == 0) k->become(drawn(&seed, 2) ? STRANGER : 0, 0);
    one_call(k, out, fd, &seed);
  }
  k->become(0, 0);
  k->close(fd);
  return true;
}
