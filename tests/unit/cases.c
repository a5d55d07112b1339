/* tests/unit/cases.c - every file of tests/cases through the library: good ones make their tree, bad ones say their
 * sentence.
 *
 * With UPDATE set, what came out is written beside each case instead: to be read before it is committed.
 */
#include <dirent.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include <cmocka.h>

#include "guest/tree_text.h"
#include "taproot.h"

#define CASES "tests/cases/"
enum { ROOM = 1 << 20, NAMES = 256 };

static size_t file_read(const char *kind, const char *name, const char *suffix, char *out) {
  char path[512];
  snprintf(path, sizeof path, CASES "%s/%s%s", kind, name, suffix);
  FILE *f = fopen(path, "rb");
  if (!f) return 0;
  size_t n = fread(out, 1, ROOM - 1, f);
  out[n] = 0;
  fclose(f);
  return n;
}

struct listing {
  struct taproot *t;
  struct tree_text out;
  char path[8192];
};

struct names {
  char *name[NAMES];
  size_t n;
};

static int collect(void *arg, const struct taproot_dirent *d) {
  struct names *names = arg;
  names->name[names->n++] = strdup(d->name);
  return names->n == NAMES;
}

static int by_name(const void *a, const void *b) { return strcmp(*(char *const *)a, *(char *const *)b); }

static void list_attributes(struct listing *l, taproot_ino ino) {
  static char names[ROOM / 8], value[ROOM / 8];
  ssize_t n = taproot_ilistxattr(l->t, ino, names, sizeof names);
  assert_true(n >= 0);
  for (const char *name = names; name < names + n; name += strlen(name) + 1) {
    ssize_t size = taproot_igetxattr(l->t, ino, name, value, sizeof value);
    assert_true(size >= 0);
    tree_attribute(&l->out, name, value, (size_t)size);
  }
}

static void list_one(struct listing *l, taproot_ino ino) {
  struct taproot_stat st;
  assert_int_equal(taproot_istat(l->t, ino, &st), 0);
  struct tree_line e = {.path = l->path, .mode = st.mode, .uid = st.uid, .gid = st.gid, .size = st.size};
  e.nlink = st.nlink, e.mtime = st.mtime_s, e.rdev_major = st.rdev_major, e.rdev_minor = st.rdev_minor;
  if (S_ISLNK(st.mode)) e.have = (size_t)taproot_ireadlink(l->t, ino, e.first, sizeof e.first);
  if (S_ISREG(st.mode)) e.have = (size_t)taproot_iread(l->t, ino, e.first, sizeof e.first, 0);
  assert_true(e.have <= sizeof e.first);
  tree_add(&l->out, &e);
  list_attributes(l, ino);
  tree_say(&l->out, "\n");
}

static void list(struct listing *l, taproot_ino ino, uint32_t mode) {
  struct names names = {.n = 0};
  size_t end = strlen(l->path);
  list_one(l, ino);
  if (!S_ISDIR(mode)) return;
  assert_int_equal(taproot_ilist(l->t, ino, collect, &names), 0);
  qsort(names.name, names.n, sizeof names.name[0], by_name);
  for (size_t i = 0; i < names.n; i++) {
    taproot_ino child;
    struct taproot_stat st;
    assert_int_equal(taproot_lookup(l->t, ino, names.name[i], &child), 0);
    assert_int_equal(taproot_istat(l->t, child, &st), 0);
    sprintf(l->path + end, "/%s", names.name[i]);
    list(l, child, st.mode);
    taproot_forget(l->t, child, 1);
    l->path[end] = 0;
    free(names.name[i]);
  }
}

/* Unpacks one case into *l or says why not. */
static int unpack(struct listing *l, const char *bytes, size_t n, struct taproot_flaw *flaw) {
  struct taproot_options options = {.memory = 32 << 20, .now_ns = 0};
  l->out.n = 0;
  l->t = taproot_start(&options);
  assert_non_null(l->t);
  int rc = taproot_unpack(l->t, bytes, n, NULL, flaw);
  assert_null(taproot_check(l->t));
  if (rc == 0) {
    strcpy(l->path, ".");
    list(l, taproot_root(l->t), S_IFDIR);
  }
  tree_end(&l->out);
  taproot_stop(l->t);
  return rc;
}

static int update(const char *kind, const char *name, bool good, const char *said) {
  char path[512];
  snprintf(path, sizeof path, CASES "%s/%s%s", kind, name, good ? ".tree" : ".says");
  FILE *f = fopen(path, "wb");
  if (!f) return 1;
  fprintf(f, "%s%s", said, good ? "" : "\n");
  return fclose(f) != 0;
}

static int run_case(const char *kind, const char *name, bool good) {
  static char bytes[ROOM], wanted[ROOM];
  static struct listing l;
  struct taproot_flaw flaw = {0};
  size_t n = file_read(kind, name, "", bytes);
  file_read(kind, name, good ? ".tree" : ".says", wanted);
  char *copy = malloc(n + !n);
  memcpy(copy, bytes, n);
  int rc = unpack(&l, copy, n, &flaw);
  free(copy);
  const char *said = good ? l.out.text : flaw.text;
  if (getenv("UPDATE")) return update(kind, name, good, said);
  wanted[good ? strlen(wanted) : strcspn(wanted, "\n")] = 0;
  if ((rc == 0) == good && wanted[0] && strcmp(said, wanted) == 0) return 0;
  print_error("%s/%s: status %d, said\n%s\nwanted\n%s\n", kind, name, rc, said[0] ? said : flaw.text, wanted);
  return 1;
}

static void run_all(const char *kind, bool good) {
  struct dirent **entries;
  int failed = 0, cases = 0;
  char dir[64];
  snprintf(dir, sizeof dir, CASES "%s", kind);
  int n = scandir(dir, &entries, NULL, alphasort);
  assert_true(n > 0);
  for (int i = 0; i < n; i++) {
    if (!strchr(entries[i]->d_name, '.')) cases++, failed += run_case(kind, entries[i]->d_name, good);
    free(entries[i]);
  }
  free(entries);
  assert_int_equal(failed, 0);
  assert_in_range(cases, 20, 1000);
}

static void good_cases(void **state) { run_all("good", true); }
static void bad_cases(void **state) { run_all("bad", false); }

int main(void) {
  const struct CMUnitTest tests[] = {cmocka_unit_test(good_cases), cmocka_unit_test(bad_cases)};
  return cmocka_run_group_tests_name("cases", tests, NULL, NULL);
}
