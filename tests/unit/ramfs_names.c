/* tests/unit/ramfs_names.c - directories: many names against a plain table, listings that hold, trees, no memory. */
#include "vfs_rig.h"

enum { NAMES = 4000, MANY = 200000 };

struct world {
  struct rig r;
  struct fs *fs;
  struct inode *dir;
  uint64_t seed;
};

static unsigned draw(struct world *w, unsigned below) {
  w->seed = w->seed * 6364136223846793005u + 1442695040888963407u;
  return (unsigned)(w->seed >> 33) % below;
}

static int make(struct inode *dir, const char *name, uint32_t mode, struct inode **out) {
  struct fs_make how = {.mode = mode, .data = "target", .size = 6};
  return dir->fs->ops->make(dir, name, strlen(name), &how, out);
}
static int look(struct inode *dir, const char *name, struct inode **out) {
  return dir->fs->ops->look(dir, name, strlen(name), out);
}
static int drop(struct inode *dir, const char *name) {
  return dir->fs->ops->unlink(dir, name, strlen(name), (struct stamp){9, 9});
}
static int move(struct inode *a, const char *name, struct inode *b, const char *name2, bool exchange) {
  return a->fs->ops->rename(a, name, strlen(name), b, name2, strlen(name2), exchange, (struct stamp){7, 7});
}

static void begin(struct world *w, uint64_t mib) {
  memset(w, 0, sizeof *w);
  rig_memory(&w->r, mib);
  w->fs = ramfs_make(&w->r.heap, (struct stamp){1, 2});
  assert_non_null(w->fs);
  w->dir = w->fs->root;
  w->seed = 1;
}
static void end(struct world *w) {
  w->fs->ops->stop(w->fs);
  rig_memory_end(&w->r);
}

/* Of all lengths and hardly distinct. */
static const char *name_of(unsigned i, char out[LIMIT_NAME + 1]) {
  unsigned len = 5 + i % 251;
  snprintf(out, LIMIT_NAME + 1, "%05u", i);
  memset(out + 5, 'n', len - 5);
  out[len] = 0;
  return out;
}

struct seen {
  uint16_t count[NAMES];
  int left;
  uint64_t next;
};
static int see(void *arg, const struct fs_name *n) {
  struct seen *s = arg;
  char digits[6] = "";
  memcpy(digits, n->name, 5);
  s->count[atoi(digits)]++;
  s->next = n->next;
  return --s->left == 0 ? 77 : 0;
}

/* Names come and go while a listing is under way: what stays is seen once, what was never there not at all. */
static void names_against_a_table(void **state) {
  static struct world w;
  static struct seen seen;
  static bool there[NAMES], stays[NAMES], ever[NAMES];
  char name[LIMIT_NAME + 1];
  struct inode *i;
  begin(&w, 64);
  for (int round = 0; round < 12; round++) {
    memset(&seen, 0, sizeof seen);
    memcpy(stays, there, sizeof stays), memcpy(ever, there, sizeof ever);
    unsigned grow = round % 3 == 2 ? 15 : round % 3 == 1 ? 50 : 85;
    int rc;
    do {
      seen.left = 1 + (int)draw(&w, 60);
      rc = w.fs->ops->list(w.dir, seen.next, see, &seen);
      assert_true(rc == 0 || rc == 77);
      for (int k = 0; k < 100; k++) {
        unsigned n = draw(&w, NAMES);
        bool add = draw(&w, 100) < grow;
        if (add)
          assert_int_equal(make(w.dir, name_of(n, name), MODE_FILE, &i), there[n] ? ERR_EXIST : 0);
        else
          assert_int_equal(drop(w.dir, name_of(n, name)), there[n] ? 0 : ERR_NOENT);
        if (!add) stays[n] = false;
        there[n] = add;
        ever[n] |= add;
      }
    } while (rc);
    for (int n = 0; n < NAMES; n++) {
      if (stays[n]) assert_int_equal(seen.count[n], 1);
      if (!ever[n]) assert_int_equal(seen.count[n], 0);
      assert_int_equal(look(w.dir, name_of((unsigned)n, name), &i), there[n] ? 0 : ERR_NOENT);
    }
  }
  end(&w);
}

static int count(void *arg, const struct fs_name *n) {
  ++*(unsigned *)arg;
  return 0;
}

/* Names that come in order are not filed until they are searched for: runs of them, from anywhere, over and over, with
 * removals of any and of the greatest between, and the directory emptied now and then. */
static void runs_in_order(void **state) {
  static struct world w;
  static bool there[NAMES];
  unsigned live = 0, refused = 0;
  char name[LIMIT_NAME + 1];
  struct inode *i;
  begin(&w, 64);
  memset(there, 0, sizeof there);
  for (int round = 0; round < 3000; round++) {
    unsigned at = draw(&w, NAMES), run = draw(&w, 30), what = draw(&w, 8);
    for (unsigned k = at; k < NAMES && k < at + run && what < 5; k += 1 + draw(&w, 3)) {
      refused += there[k];
      assert_int_equal(make(w.dir, name_of(k, name), MODE_FILE, &i), there[k] ? ERR_EXIST : 0);
      live += !there[k], there[k] = true;
    }
    if (what == 5) assert_int_equal(look(w.dir, name_of(at, name), &i), there[at] ? 0 : ERR_NOENT);
    for (unsigned k = NAMES; k-- > 0 && what == 6 && run > 0;) { /* from the greatest on */
      if (!there[k]) continue;
      assert_int_equal(drop(w.dir, name_of(k, name)), 0);
      live--, there[k] = false, run -= round % 100 != 0;
    }
    if (what == 7 && there[at]) {
      unsigned to = draw(&w, NAMES);
      char other[LIMIT_NAME + 1];
      assert_int_equal(move(w.dir, name_of(at, name), w.dir, name_of(to, other), false), 0);
      live -= at != to && there[to], there[at] = false, there[to] = true;
    }
    unsigned listed = 0;
    assert_int_equal(w.fs->ops->list(w.dir, 0, count, &listed), 0);
    assert_int_equal(listed, live);
  }
  assert_true(refused > 100);
  for (unsigned k = 0; k < NAMES; k++) assert_int_equal(look(w.dir, name_of(k, name), &i), there[k] ? 0 : ERR_NOENT);
  end(&w);
}

/* Inode, dentry and tables of a small file with an ordinary name, besides its page. */
static void a_name_is_small_and_many_are_fast(void **state) {
  static struct world w;
  char name[32];
  struct inode *i;
  begin(&w, 256);
  uint64_t used = heap_used(&w.r.heap), free = pages_free(&w.r.ps);
  for (unsigned n = 0; n < MANY; n++) {
    snprintf(name, sizeof name, "file-%06u", n);
    assert_int_equal(make(w.dir, name, MODE_FILE, &i), 0);
  }
  assert_true((heap_used(&w.r.heap) - used) / MANY <= 200);
  for (unsigned n = 0; n < MANY; n++) {
    snprintf(name, sizeof name, "file-%06u", (n * 7919) % MANY);
    assert_int_equal(look(w.dir, name, &i), 0);
  }
  for (unsigned n = 0; n < MANY; n++) {
    snprintf(name, sizeof name, "file-%06u", (n * 7919) % MANY);
    assert_int_equal(drop(w.dir, name), 0);
  }
  assert_true(heap_used(&w.r.heap) - used < 40000); /* the tables go with the names */
  assert_true(free - pages_free(&w.r.ps) < 1 << 20);
  end(&w);
}

static void a_tree_keeps_its_counts(void **state) {
  static struct world w;
  struct inode *a, *b, *f, *g, *i;
  const char *name;
  size_t len;
  begin(&w, 16);
  assert_int_equal(make(w.dir, "a", MODE_DIR | 0755, &a), 0);
  assert_int_equal(make(a, "b", MODE_DIR | 0755, &b), 0);
  assert_int_equal(make(b, "f", MODE_FILE, &f), 0);
  assert_int_equal(w.dir->nlink, 3);
  assert_int_equal(a->nlink, 3);
  assert_ptr_equal(w.fs->ops->parent(b, &name, &len), a);
  assert_true(len == 1 && name[0] == 'b');
  assert_int_equal(drop(a, "b"), ERR_NOTEMPTY);
  assert_int_equal(w.fs->ops->link(a, "hard", 4, f, (struct stamp){3, 3}), 0);
  assert_int_equal(w.fs->ops->link(a, "dir", 3, b, (struct stamp){3, 3}), ERR_PERM);
  assert_int_equal(f->nlink, 2);
  assert_int_equal(move(a, "b", w.dir, "moved", false), 0);
  assert_true(a->nlink == 2 && w.dir->nlink == 4);
  assert_ptr_equal(w.fs->ops->parent(b, &name, &len), w.dir);
  assert_true(len == 5 && memcmp(name, "moved", 5) == 0);
  assert_int_equal(move(w.dir, "moved", a, "hard", true), 0); /* a directory and a file change places */
  assert_true(a->nlink == 3 && w.dir->nlink == 3);
  assert_int_equal(look(w.dir, "moved", &i), 0);
  assert_ptr_equal(i, f);
  assert_int_equal(make(w.dir, "g", MODE_FILE, &g), 0);
  assert_int_equal(move(w.dir, "g", w.dir, "moved", false), 0);
  assert_int_equal(f->nlink, 1);
  /* removed and held, twice over: the parent stays as long as the child */
  fs_hold(b), fs_hold(f);
  assert_int_equal(drop(b, "f"), 0);
  assert_int_equal(drop(a, "hard"), 0);
  assert_int_equal(b->nlink, 0);
  assert_int_equal(drop(w.dir, "a"), 0);
  assert_ptr_equal(w.fs->ops->parent(b, &name, &len), a);
  assert_int_equal(len, 0);
  fs_let_go(b);
  assert_int_equal(f->nlink, 0);
  fs_let_go(f);
  assert_int_equal(make(w.dir, "link", MODE_LINK | 0777, &i), 0);
  assert_memory_equal(w.fs->ops->target(i), "target", i->size);
  end(&w);
}

/* One of everything; any step may find no memory. */
static void everything_once(struct inode *root) {
  struct inode *a, *b, *f, *i, *loose;
  struct fs_make how = {.mode = MODE_FILE};
  char name[16];
  uint64_t n;
  phys_t frame;
  for (int k = 0; k < 40; k++) snprintf(name, sizeof name, "n%d", k), make(root, name, MODE_FIFO, &i);
  if (make(root, "a", MODE_DIR, &a) || make(root, "b", MODE_DIR, &b) || make(a, "f", MODE_FILE, &f)) return;
  root->fs->ops->link(b, "hard", 4, f, how.now);
  for (uint64_t at = 0; at < 1 << 30; at = at * 3 + PAGE) root->fs->ops->span_for_write(f, at, 5 * PAGE, &n);
  root->fs->ops->resize(f, 1 << 30);
  if (root->fs->ops->frame(f, 1000, true, &frame) == 0) pages_give(ramfs_of(root)->pages, frame, 1);
  root->fs->ops->punch(f, 3 * PAGE, 1 << 22);
  move(a, "f", b, "renamed-to-something-longer", false);
  move(root, "b", a, "b", false);
  if (root->fs->ops->make_loose(root->fs, &how, &loose) == 0) {
    root->fs->ops->span_for_write(loose, 0, 1, &n);
    fs_let_go(loose);
  }
  for (int k = 0; k < 40; k++) snprintf(name, sizeof name, "n%d", k), drop(root, name);
}

static void every_allocation_fails_once(void **state) {
  static struct world w;
  uint64_t n = 0;
  for (bool reached = true; reached;) {
    begin(&w, 16);
    pages_refuse(&w.r.ps, ++n);
    everything_once(w.dir);
    reached = w.r.ps.refuse == 0;
    pages_refuse(&w.r.ps, 0);
    end(&w);
  }
  assert_true(n > 60);
  for (n = 1; n < 3; n++) { /* the instance itself */
    rig_memory(&w.r, 16);
    pages_refuse(&w.r.ps, n);
    assert_null(ramfs_make(&w.r.heap, (struct stamp){0}));
    rig_memory_end(&w.r);
  }
}

int main(void) {
  const struct CMUnitTest tests[] = {cmocka_unit_test(names_against_a_table), cmocka_unit_test(runs_in_order),
                                     cmocka_unit_test(a_name_is_small_and_many_are_fast),
                                     cmocka_unit_test(a_tree_keeps_its_counts),
                                     cmocka_unit_test(every_allocation_fails_once)};
  return cmocka_run_group_tests(tests, NULL, NULL);
}
