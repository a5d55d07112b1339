/* tests/unit/boot_unpack_memory.c - the unpacker and memory: each allocation fails once, RAM of every size, pages given
 * back as it goes, nothing kept when the files are gone. */
#include "unpack_kit.h"

static struct bytes same(struct bytes b) { return b; }
static struct bytes (*const packers[])(struct bytes) = {same, gzip_of, lz4_of, zstd_of, xz_of};
enum { PACKERS = sizeof packers / sizeof packers[0] };

static uint32_t noise(uint32_t *state) {
  *state = *state * 1664525 + 1013904223;
  return *state >> 16;
}

/* `bytes` of data that no codec makes smaller. */
static char *noisy(size_t bytes) {
  char *p = malloc(bytes);
  uint32_t state = 1;
  for (size_t i = 0; i < bytes; i++) p[i] = (char)noise(&state);
  return p;
}

/* Every kind of entry, enough of each that tables grow. */
static struct bytes varied_tree(uint32_t entries) {
  struct bytes b = {NULL, 0};
  char name[64];
  char *data = noisy(20000);
  for (uint32_t i = 0; i < entries; i++) {
    struct item item = {.name = name, .mode = MODE_FILE | 0644, .nlink = 1, .mtime = i};
    snprintf(name, sizeof name, "d%u/e%u/%u", i % 3, i % 5, i);
    if (i % 4 == 1) item.mode = MODE_LINK | 0777, item.data = "../some/where";
    if (i % 4 == 2) item.nlink = 2, item.ino = i / 8;
    if (item.mode == (MODE_FILE | 0644)) item.data = data, item.size = i * 37 % 20000 + 1;
    if (i % 16 == 3) item.mode = MODE_FIFO | 0600, item.data = NULL, item.size = 0;
    add_item(&b, &item);
  }
  add_trailer(&b);
  free(data);
  return b;
}

static struct bytes copy_of(struct bytes b) {
  struct bytes c = {NULL, 0};
  bytes_add(&c, b.p, b.n);
  return c;
}

static void each_allocation_fails_once(void **state) {
  (void)state;
  for (unsigned c = 0; c < PACKERS; c++) {
    struct bytes whole = packers[c](varied_tree(90));
    for (uint64_t nth = 1;; nth++) {
      struct kit k;
      kit_start(&k, 8 * MIB, copy_of(whole));
      pages_refuse(&k.ps, nth);
      int rc = kit_unpack(&k);
      bool reached = k.ps.refuse == 0;
      pages_refuse(&k.ps, 0);
      assert_true(rc == 0 || rc == ERR_NOMEM);
      if (rc == ERR_NOMEM) assert_true(reached && k.flaw.wanted > 0);
      kit_stop(&k);
      if (reached) continue;
      assert_int_equal(rc, 0);
      assert_true(nth > 90);
      break;
    }
    free(whole.p);
  }
}

/* Of a tar whose entries have extended attributes: those of the file system's are set and replaced. */
static void attributes_without_memory(void **state) {
  (void)state;
  const char *const cases[] = {"tests/cases/good/tar-xattrs", "tests/cases/good/tar-xattrs-replaced",
                               "tests/cases/good/tar-xattrs-at-their-limits"};
  for (unsigned c = 0; c < 3; c++) {
    struct bytes whole = {malloc(MIB), 0};
    FILE *f = fopen(cases[c], "rb");
    assert_non_null(f);
    whole.n = fread(whole.p, 1, MIB, f);
    fclose(f);
    int rc = ERR_NOMEM;
    uint64_t nth = 1;
    for (bool reached = true; reached; nth++) {
      struct kit k;
      kit_start(&k, 2 * MIB, copy_of(whole));
      pages_refuse(&k.ps, nth);
      rc = kit_unpack(&k);
      reached = k.ps.refuse == 0;
      pages_refuse(&k.ps, 0);
      assert_true(rc == 0 || (rc == ERR_NOMEM && reached && k.flaw.wanted > 0));
      kit_stop(&k);
    }
    assert_true(rc == 0 && nth > 20);
    free(whole.p);
  }
}

/* RAM from too little to plenty: refused with what was wanted and what was left, or right to the last byte. */
static void every_size_of_ram_is_right_or_refused(void **state) {
  (void)state;
  const size_t bytes = 500000;
  char *data = noisy(bytes);
  for (unsigned c = 0; c < PACKERS; c++) {
    struct bytes tree = varied_tree(60);
    tree.n -= NEWC_HEADER + 14; /* its trailer */
    add_item(&tree, &(struct item){.name = "big", .mode = MODE_FILE | 0600, .nlink = 1, .data = data, .size = bytes});
    add_trailer(&tree);
    struct bytes whole = packers[c](tree);
    int worked = 0, refused = 0;
    for (uint64_t memory = whole.n + 12 * PAGE; memory < 3 * MIB; memory += 5 * PAGE) {
      struct kit k;
      kit_start(&k, memory, copy_of(whole));
      int rc = kit_unpack(&k);
      if (rc == 0) kit_expect_bytes(&k, "big", data, bytes);
      if (rc != 0) assert_int_equal(rc, ERR_NOMEM);
      if (rc != 0) assert_true(k.flaw.wanted > 0);
      *(rc == 0 ? &worked : &refused) += 1;
      kit_stop(&k);
    }
    assert_true(worked > 0 && (refused > 0 || c == 0));
    free(whole.p);
  }
  free(data);
}

/* What is compressed needs the unpacked size and little more, for its input goes back on the way. */
static void the_input_backs_the_output(void **state) {
  (void)state;
  enum { BYTES = 12 * MIB };
  char *data = noisy(BYTES);
  for (unsigned c = 1; c < PACKERS; c++) {
    struct bytes b = {NULL, 0};
    struct kit k;
    add_item(&b, &(struct item){.name = "f", .mode = MODE_FILE | 0600, .nlink = 1, .data = data, .size = BYTES});
    add_trailer(&b);
    kit_start(&k, BYTES + 2 * MIB, packers[c](b));
    assert_int_equal(kit_unpack(&k), 0);
    kit_expect_bytes(&k, "f", data, BYTES);
    assert_true(k.report.given_back >= BYTES - MIB);
    assert_int_equal(k.report.adopted, 0);
    kit_stop(&k);
  }
  free(data);
}

/* A block of lz4 may be 4 MiB; what the last one has no use for becomes inodes. */
static void room_without_use_is_let_go(void **state) {
  (void)state;
  struct bytes b = {NULL, 0};
  struct kit k;
  char name[64], *data = calloc(1, MIB);
  add_item(&b, &(struct item){.name = "f", .mode = MODE_FILE | 0600, .nlink = 1, .data = data, .size = MIB});
  for (int i = 0; i < 3000; i++) {
    snprintf(name, sizeof name, "n%d", i);
    add_item(&b, &(struct item){.name = name, .mode = MODE_FILE | 0600, .nlink = 1, .data = "x"});
  }
  add_trailer(&b);
  kit_start(&k, 3 * MIB, lz4_blocks_of(b, LZ4F_max4MB));
  assert_int_equal(kit_unpack(&k), 0);
  kit_expect_bytes(&k, "f", data, MIB);
  kit_expect_bytes(&k, "n2999", "x", 1);
  kit_stop(&k);
  free(data);
}

/* With plenty of memory gzip is decoded at once, with little in steps; what comes out does not differ, whether the size
 * was told, was told wrong, or was not told and is more than was thought. */
static void at_once_or_in_steps(void **state) {
  (void)state;
  enum { BYTES = 3 * MIB };
  char *data = calloc(1, BYTES); /* three hundred times smaller when packed */
  struct bytes tree = varied_tree(50);
  tree.n -= NEWC_HEADER + 14;
  add_item(&tree, &(struct item){.name = "f", .mode = MODE_FILE | 0600, .nlink = 1, .data = data, .size = BYTES});
  add_trailer(&tree);
  const uint64_t told[] = {0, tree.n, tree.n - 1, tree.n + 5000, 64 * MIB}, unpacked = tree.n;
  struct bytes packed = gzip_of(tree);
  for (uint64_t memory = BYTES + 2 * MIB; memory < 64 * MIB; memory += 11 * MIB)
    for (int i = 0; i < 5; i++) {
      struct kit k;
      kit_start(&k, memory, copy_of(packed));
      k.in.unpacked = told[i];
      assert_int_equal(kit_unpack(&k), i == 2 ? ERR_SIZE : 0);
      if (i != 2) kit_expect_bytes(&k, "f", data, BYTES);
      if (i != 2) assert_int_equal(k.report.unpacked, unpacked);
      uint64_t used = k.free_then - pages_free(&k.ps);
      assert_true(used < BYTES + 2 * MIB);
      kit_stop(&k);
    }
  free(packed.p);
  free(data);
}

/* A stream of many frames, each of which wants more room than there is until the last byte of it is known. */
static void small_frames_fill_the_room_told(void **state) {
  (void)state;
  enum { PARTS = 8 };
  struct bytes (*const framed[])(struct bytes) = {lz4_of, zstd_of};
  for (unsigned c = 0; c < 2; c++)
    for (uint64_t less = 0; less < 2; less++) {
      struct bytes tree = varied_tree(10), all = {NULL, 0};
      struct kit k;
      for (size_t i = 0; i < PARTS; i++) {
        struct bytes part = {NULL, 0};
        bytes_add(&part, tree.p + tree.n * i / PARTS, tree.n * (i + 1) / PARTS - tree.n * i / PARTS);
        join(&all, framed[c](part));
      }
      kit_start(&k, 16 * MIB, all);
      k.in.unpacked = tree.n - less;
      assert_int_equal(kit_unpack(&k), less ? ERR_SIZE : 0);
      kit_stop(&k);
      free(tree.p);
    }
}

/* Of an uncompressed archive only pages with file data stay. */
static void an_adopted_archive_keeps_file_data_only(void **state) {
  struct bytes b = {NULL, 0};
  struct kit k;
  char name[200];
  (void)state;
  for (int i = 0; i < 3000; i++) {
    snprintf(name, sizeof name, "%0150d", i);
    add_item(&b, &(struct item){.name = name, .mode = MODE_FIFO | 0600, .nlink = 1});
  }
  char *data = noisy(MIB);
  add_item(&b, &(struct item){.name = "f", .mode = MODE_FILE | 0600, .nlink = 1, .data = data, .size = MIB});
  add_trailer(&b);
  kit_start(&k, 8 * MIB, b);
  assert_int_equal(kit_unpack(&k), 0);
  assert_true(k.report.adopted >= MIB && k.report.adopted <= MIB + 2 * PAGE);
  assert_int_equal(k.report.adopted + k.report.given_back, (k.in.bytes + PAGE - 1) / PAGE * PAGE);
  kit_expect_bytes(&k, "f", data, MIB);
  free(data);
  kit_stop(&k);
}

static int remove_all_of(struct inode *dir, struct kit *k);

struct first {
  char name[LIMIT_NAME];
  size_t len;
  struct inode *inode;
};

static int take_first(void *arg, const struct fs_name *n) {
  struct first *f = arg;
  memcpy(f->name, n->name, n->len);
  f->len = n->len;
  f->inode = n->inode;
  return 1;
}

static int remove_all_of(struct inode *dir, struct kit *k) {
  struct first f;
  while (dir->fs->ops->list(dir, 0, take_first, &f) == 1) {
    if ((f.inode->mode & MODE_TYPE) == MODE_DIR) remove_all_of(f.inode, k);
    assert_int_equal(dir->fs->ops->unlink(dir, f.name, f.len, (struct stamp){0, 0}), 0);
  }
  return 0;
}

/* Filled and emptied a hundred times, by parts of every kind: no growth. */
static void nothing_grows(void **state) {
  (void)state;
  struct bytes part[PACKERS];
  struct kit k;
  uint64_t after_first = 0;
  for (unsigned c = 0; c < PACKERS; c++) part[c] = packers[c](varied_tree(200));
  kit_start(&k, 16 * MIB, (struct bytes){NULL, 0});
  for (int round = 0; round < 100; round++) {
    struct bytes b = part[round % PACKERS];
    size_t pages = (b.n + PAGE - 1) / PAGE;
    phys_t at = pages_take(&k.ps, pages);
    assert_int_not_equal(at, PHYS_NONE);
    memcpy(plat_direct(k.plat) + at, b.p, b.n);
    k.in = (struct unpack_input){.at = at, .bytes = b.n, .owned = true, .give_back = true};
    assert_int_equal(kit_unpack(&k), 0);
    remove_all_of(k.fs->root, &k);
    if (round == 5) after_first = pages_free(&k.ps);
    if (round > 5) assert_int_equal(pages_free(&k.ps), after_first);
  }
  for (unsigned c = 0; c < PACKERS; c++) free(part[c].p);
  kit_stop(&k);
}

/* A size that is told bounds the arena: more data than that is refused, and room never exceeds it. */
static void a_size_that_is_told_is_kept(void **state) {
  (void)state;
  for (unsigned c = 1; c < PACKERS; c++)
    for (int less = 0; less < 2; less++) {
      struct kit k;
      struct bytes b = varied_tree(50);
      uint64_t unpacked = b.n;
      kit_start(&k, 16 * MIB, packers[c](b));
      k.in.unpacked = unpacked - (uint64_t)less;
      assert_int_equal(kit_unpack(&k), less ? ERR_SIZE : 0);
      kit_stop(&k);
    }
}

/* Input that is not to be given back lies there as before. */
static void input_that_stays(void **state) {
  (void)state;
  struct bytes b = gzip_of(varied_tree(50)), copy = copy_of(b);
  struct kit k;
  kit_start(&k, 16 * MIB, b);
  k.in.give_back = false;
  assert_int_equal(kit_unpack(&k), 0);
  assert_int_equal(k.report.given_back, 0);
  assert_memory_equal(plat_direct(k.plat) + k.in.at, copy.p, copy.n);
  assert_true(pages_accept(&k.ps, k.in.at, (k.in.bytes + PAGE - 1) / PAGE * PAGE) > 0);
  kit_stop(&k);
  free(copy.p);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(each_allocation_fails_once),
      cmocka_unit_test(attributes_without_memory),
      cmocka_unit_test(every_size_of_ram_is_right_or_refused),
      cmocka_unit_test(the_input_backs_the_output),
      cmocka_unit_test(room_without_use_is_let_go),
      cmocka_unit_test(at_once_or_in_steps),
      cmocka_unit_test(small_frames_fill_the_room_told),
      cmocka_unit_test(an_adopted_archive_keeps_file_data_only),
      cmocka_unit_test(nothing_grows),
      cmocka_unit_test(a_size_that_is_told_is_kept),
      cmocka_unit_test(input_that_stays),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
