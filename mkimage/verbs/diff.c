/* mkimage/verbs/diff.c - the verb diff: what is added, removed and changed between two trees, wherever they are.
 *
 * Its statuses are those of diff(1): 0 alike, 1 different, 2 trouble.
 */
#include <inttypes.h>
#include <string.h>
#include <sys/stat.h>

#include "formats/archive.h"
#include "mkimage/diff/compare.h"
#include "mkimage/lib/progress.h"
#include "mkimage/verbs/verbs.h"

static const struct verb_option diff_options[] = {
    {0, "stat", NULL, "numbers alone"},
    {0, "raw", NULL, "a directory as it is, not as the recipe of the image packs it"},
    {0, "json", NULL, "one JSON object a line: each entry that differs, then the numbers"},
    {0, NULL, NULL, NULL}};

struct diff {
  const struct say *say;
  bool json, stat;
  uint64_t added, removed, changed;
  uint64_t added_bytes, removed_bytes;
  uint64_t what[COMPARE_COUNT];
  const char *packed, *by; /* a directory that was taken as the recipe of an image packs it */
};

/* --- telling ------------------------------------------------------------------------ */

static void diff_print_attribute(const struct compare_attribute *a, uint64_t at) {
  printf(" %s", compare_word(a->what));
  if (a->a != NULL) {
    putchar(' ');
    show_name(stdout, a->a, a->a_len);
    fputs(" -> ", stdout);
    show_name(stdout, a->b, a->b_len);
  }
  bool content = a->what == COMPARE_SIZE || a->what == COMPARE_CONTENT;
  if (content && at != UINT64_MAX) printf(", differs from offset %" PRIu64 " on", at);
}

static void diff_print(const struct compare_entry *e) {
  const struct view_entry *one = e->a != NULL ? e->a : e->b;
  bool both = e->a != NULL && e->b != NULL;
  printf("%c ", both ? '!' : e->a != NULL ? '-' : '+');
  show_name(stdout, one->path, strlen(one->path));
  if (!both) {
    printf(" (%s", show_type(one->mode));
    if ((one->mode & MODE_TYPE) == MODE_FILE) printf(", %s", say_size(one->size).text);
    putchar(')');
  } else
    putchar(':');
  for (unsigned i = 0; i < e->attributes; i++) {
    if (i > 0) putchar(';');
    diff_print_attribute(&e->attribute[i], e->at);
  }
  putchar('\n');
}

static bool diff_put_side(json_t *o, const char *key, const struct view_entry *e) {
  struct show s;
  if (e == NULL) return true;
  s = view_show(e);
  return json_object_set_new(o, key, show_object(&s, NULL)) == 0;
}

static bool diff_fill(json_t *o, const struct compare_entry *e) {
  const char *path = e->a != NULL ? e->a->path : e->b->path;
  const char *change = e->a == NULL ? "added" : e->b == NULL ? "removed" : "changed";
  bool ok = show_string(o, "path", path, strlen(path)) && json_object_set_new(o, "change", json_string(change)) == 0;
  json_t *list = json_array();
  for (unsigned i = 0; ok && i < e->attributes; i++)
    ok = json_array_append_new(list, json_string(compare_word(e->attribute[i].what))) == 0;
  ok = ok && (e->attributes > 0 ? json_object_set(o, "differs", list) == 0 : true);
  json_decref(list);
  if (ok && e->at != UINT64_MAX) ok = json_object_set_new(o, "offset", json_integer((json_int_t)e->at)) == 0;
  return ok && diff_put_side(o, "a", e->a) && diff_put_side(o, "b", e->b);
}

static void diff_print_json(const struct compare_entry *e) {
  json_t *o = json_object();
  if (o != NULL && diff_fill(o, e))
    show_json(stdout, o);
  else
    json_decref(o);
}

static uint64_t diff_bytes(const struct view_entry *e) { return (e->mode & MODE_TYPE) == MODE_FILE ? e->size : 0; }

static void diff_each(void *arg, const struct compare_entry *e) {
  struct diff *d = arg;
  if (e->a == NULL) {
    d->added++;
    d->added_bytes += diff_bytes(e->b);
  } else if (e->b == NULL) {
    d->removed++;
    d->removed_bytes += diff_bytes(e->a);
  } else
    d->changed++;
  for (unsigned i = 0; i < e->attributes; i++) d->what[e->attribute[i].what]++;
  if (d->stat) return;
  progress_hide(d->say);
  if (d->json)
    diff_print_json(e);
  else
    diff_print(e);
}

static uint64_t diff_total(const struct view *v) {
  uint64_t n = 0;
  for (size_t i = 0; i < v->entries; i++)
    if (v->entry[i].first == i) n += diff_bytes(&v->entry[i]);
  return n;
}

static void diff_sum(const struct diff *d, const struct view *a, const struct view *b) {
  printf("%-10s %8" PRIu64 "  %s\n", "added", d->added, say_size(d->added_bytes).text);
  printf("%-10s %8" PRIu64 "  %s\n", "removed", d->removed, say_size(d->removed_bytes).text);
  printf("%-10s %8" PRIu64 "\n", "changed", d->changed);
  for (int i = 0; i < COMPARE_COUNT; i++)
    if (d->what[i] > 0) printf("  %-8s %8" PRIu64 "\n", compare_word((enum compare_what)i), d->what[i]);
  printf("%-10s %8zu -> %zu\n", "entries", a->entries, b->entries);
  printf("%-10s %8" PRIu64 " -> %" PRIu64 "\n", "bytes", diff_total(a), diff_total(b));
}

static json_t *diff_pair(uint64_t a, uint64_t b) {
  return json_pack("{s:I, s:I}", "a", (json_int_t)a, "b", (json_int_t)b);
}

static void diff_sum_json(const struct diff *d, const struct view *a, const struct view *b) {
  json_t *what = json_object(), *o;
  for (int i = 0; i < COMPARE_COUNT; i++)
    json_object_set_new(what, compare_word((enum compare_what)i), json_integer((json_int_t)d->what[i]));
  o = json_pack("{s:I, s:I, s:I, s:o, s:o, s:o}", "added", (json_int_t)d->added, "removed", (json_int_t)d->removed,
                "changed", (json_int_t)d->changed, "attributes", what, "entries", diff_pair(a->entries, b->entries),
                "bytes", diff_pair(diff_total(a), diff_total(b)));
  show_json(stdout, o);
}

/* --- the two sides --------------------------------------------------------------------- */

static bool diff_is_directory(const char *path) {
  struct stat st;
  return strcmp(path, "-") != 0 && stat(path, &st) == 0 && S_ISDIR(st.st_mode);
}

/* The directory, as the recipe of the image packs it; without an image, or with --raw, as it is. */
static int diff_open_directory(struct diff *d, struct view *dir, const char *path, const struct view *other, bool raw) {
  const struct say *say = d->say;
  struct recipe r;
  if (raw || other == NULL || !view_is_image(other)) return view_open(dir, say, path, NULL);
  int status = recipe_of_image(&r, say, &other->look->im);
  d->packed = path;
  d->by = other->name;
  if (status == EXIT_DONE) status = view_open(dir, say, path, &r);
  recipe_drop(&r);
  return status;
}

static int diff_open(struct diff *d, struct view *a, struct view *b, const struct call *c) {
  const char *path_a = c->operand[0], *path_b = c->operand[1];
  bool dir_a = diff_is_directory(path_a), dir_b = diff_is_directory(path_b), raw = call_option(c, "raw") != NULL;
  int status = EXIT_DONE;
  if (!dir_a) status = view_open(a, &c->say, path_a, NULL);
  if (status == EXIT_DONE && !dir_b) status = view_open(b, &c->say, path_b, NULL);
  if (status == EXIT_DONE && dir_a) status = diff_open_directory(d, a, path_a, dir_b ? NULL : b, raw);
  if (status == EXIT_DONE && dir_b) status = diff_open_directory(d, b, path_b, dir_a ? NULL : a, raw);
  return status;
}

static int diff_verb(struct call *c) {
  struct diff d = {.say = &c->say, .json = call_option(c, "json") != NULL, .stat = call_option(c, "stat") != NULL};
  struct view a = {0}, b = {0};
  struct compare k = {.a = &a, .b = &b, .say = &c->say, .each = diff_each, .arg = &d};
  if (strcmp(c->operand[0], "-") == 0 && strcmp(c->operand[1], "-") == 0)
    return say_error(&c->say, EXIT_USAGE, "standard input cannot be both sides");
  int status = diff_open(&d, &a, &b, c);
  if (status == EXIT_DONE) status = compare_views(&k);
  if (status == EXIT_DONE || status == EXIT_DIFFERS) {
    if (d.json)
      diff_sum_json(&d, &a, &b);
    else if (d.stat)
      diff_sum(&d, &a, &b);
  }
  if (status == EXIT_DIFFERS && d.packed != NULL && !d.json)
    say_info(d.say, "(%s as the recipe of %s packs it; --raw: as it is)", say_name(d.packed).text, say_name(d.by).text);
  view_close(&a);
  view_close(&b);
  return status > EXIT_DIFFERS ? EXIT_USAGE : status;
}

const struct verb verb_diff = {
    .name = "diff",
    .operands = "A B",
    .summary = "Tells what differs between two images, archives or directories",
    .options = diff_options,
    .operands_min = 2,
    .operands_max = 2,
    .run = diff_verb,
};
