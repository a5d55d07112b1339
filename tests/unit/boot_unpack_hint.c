/* tests/unit/boot_unpack_hint.c - what the unpacker remembers of the entry before saves time and changes nothing. */
#include "unpack_kit.h"

struct listing {
  char text[20000];
  size_t n;
};

static int list_one(void *arg, const struct fs_name *n) {
  struct listing *l = arg;
  struct inode *i = n->inode;
  uint64_t got = 0;
  const uint8_t *data = (i->mode & MODE_TYPE) == MODE_FILE ? i->fs->ops->span(i, 0, 100, &got) : NULL;
  const char *target = (i->mode & MODE_TYPE) == MODE_LINK ? i->fs->ops->target(i) : "";
  l->n += (size_t)snprintf(l->text + l->n, sizeof l->text - l->n, "%.*s %o %u %ld %.*s %s {", (int)n->len, n->name,
                           i->mode, i->nlink, (long)i->mtime.s, (int)got, data ? (const char *)data : "", target);
  assert_true(l->n < sizeof l->text - 200);
  if ((i->mode & MODE_TYPE) == MODE_DIR) i->fs->ops->list(i, 0, list_one, l);
  l->text[l->n++] = '}';
  return 0;
}

static unsigned draw(unsigned *seed, unsigned below) {
  *seed = *seed * 1664525 + 1013904223;
  return (*seed >> 10) % below;
}

static void draw_name(unsigned *seed, char *name) {
  static const char *const parts[] = {"a/", "b/", "longer-name/", "l/", "./", "/", "m/", "c/"};
  size_t keep = draw(seed, 2) ? draw(seed, (unsigned)strlen(name) + 1) : 0;
  while (keep > 0 && name[keep - 1] != '/') keep--;
  name[keep] = 0;
  for (unsigned k = draw(seed, keep ? 2 : 4); k > 0 && strlen(name) < 60; k--) strcat(name, parts[draw(seed, 8)]);
  strcat(name, (const char *const[]){"a", "b", "f", "l", "m", "longer-name"}[draw(seed, 6)]);
  if (draw(seed, 20) == 0) strcat(name, "/.");
}

static void draw_item(unsigned *seed, char *name, struct bytes *one, struct bytes *each, uint32_t mtime) {
  static const char *const targets[] = {"a", "b", "a/b", "l", "./m", "longer-name", "../a"};
  unsigned type = draw(seed, 8);
  uint32_t mode = type < 4 ? MODE_DIR | 0755 : type < 7 ? MODE_FILE | 0644 : MODE_LINK | 0777;
  draw_name(seed, name);
  struct item i = {.name = name, .mode = mode, .nlink = 1, .mtime = mtime};
  if (type >= 4) i.data = type < 7 ? name : targets[draw(seed, 30) ? draw(seed, 6) : 6];
  add_item(one, &i);
  add_item(each, &i);
  add_trailer(each);
}

/* One archive of many entries makes the tree that they make as archives of one entry each, where nothing is remembered
 * from one to the next; and what is refused is refused in both. */
static void the_entry_before_is_only_a_hint(void **state) {
  (void)state;
  static struct listing one_list, each_list;
  unsigned seed = 5, whole = 0, refused = 0;
  for (int round = 0; round < 1500; round++) {
    struct bytes one = {NULL, 0}, each = {NULL, 0};
    struct kit k, m;
    char name[200] = "";
    for (uint32_t n = 0; n < 4 + draw(&seed, 10); n++) draw_item(&seed, name, &one, &each, n);
    add_trailer(&one);
    kit_start(&k, 4 * MIB, one);
    kit_start(&m, 4 * MIB, each);
    int rc = kit_unpack(&k);
    assert_int_equal(kit_unpack(&m), rc);
    assert_int_equal(k.report.entries, m.report.entries);
    one_list.n = each_list.n = 0;
    k.fs->ops->list(k.fs->root, 0, list_one, &one_list);
    m.fs->ops->list(m.fs->root, 0, list_one, &each_list);
    assert_int_equal(one_list.n, each_list.n);
    assert_memory_equal(one_list.text, each_list.text, one_list.n);
    whole += rc == 0, refused += rc != 0;
    kit_stop(&k);
    kit_stop(&m);
  }
  assert_true(whole > 200 && refused > 200);
}

int main(void) {
  const struct CMUnitTest tests[] = {cmocka_unit_test(the_entry_before_is_only_a_hint)};
  return cmocka_run_group_tests_name("boot_unpack_hint", tests, NULL, NULL);
}
