/* mkimage/diff/compare.c - two trees entry by entry: see compare.h. */
#include "mkimage/diff/compare.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "formats/archive.h"
#include "mkimage/lib/progress.h"
#include "mkimage/look/show.h"

const char *compare_word(enum compare_what what) {
#define COMPARE_NAME(name, word) [COMPARE_##name] = word,
  static const char *const words[] = {COMPARE_WHATS(COMPARE_NAME)};
#undef COMPARE_NAME
  return words[what];
}

/* --- attributes --------------------------------------------------------------------------- */

static void differ_text(struct compare_entry *e, enum compare_what what, const char *a, const char *b) {
  struct compare_attribute *d = &e->attribute[e->attributes++];
  *d = (struct compare_attribute){what, a, b, a != NULL ? strlen(a) : 0, b != NULL ? strlen(b) : 0};
}

static void differ_number(struct compare_entry *e, enum compare_what what, uint64_t a, uint64_t b) {
  const char *format = what == COMPARE_MODE ? "%04llo" : "%lld";
  if (a == b) return;
  snprintf(e->word[what][0], COMPARE_WORD, format, (unsigned long long)a);
  snprintf(e->word[what][1], COMPARE_WORD, format, (unsigned long long)b);
  differ_text(e, what, e->word[what][0], e->word[what][1]);
}

static void differ_pair(struct compare_entry *e, enum compare_what what, uint32_t a, uint32_t a2, uint32_t b,
                        uint32_t b2) {
  if (a == b && a2 == b2) return;
  snprintf(e->word[what][0], COMPARE_WORD, "%u:%u", a, a2);
  snprintf(e->word[what][1], COMPARE_WORD, "%u:%u", b, b2);
  differ_text(e, what, e->word[what][0], e->word[what][1]);
}

/* Not every packing has fractions of seconds: one that is missing differs from none. */
static void compare_mtime(struct compare_entry *e) {
  const struct view_entry *a = e->a, *b = e->b;
  bool fractions = a->mtime_ns != 0 && b->mtime_ns != 0 && a->mtime_ns != b->mtime_ns;
  if (a->mtime == b->mtime && !fractions) return;
  char(*word)[COMPARE_WORD] = e->word[COMPARE_MTIME];
  snprintf(word[0], COMPARE_WORD, fractions ? "%lld.%09u" : "%lld", (long long)a->mtime, a->mtime_ns);
  snprintf(word[1], COMPARE_WORD, fractions ? "%lld.%09u" : "%lld", (long long)b->mtime, b->mtime_ns);
  differ_text(e, COMPARE_MTIME, word[0], word[1]);
}

/* The first by name that differs stands for all. */
static void compare_attrs(struct compare_entry *e) {
  const struct attr *a = e->a->attrs, *b = e->b->attrs;
  for (; a != NULL || b != NULL; a = a->next, b = b->next) {
    int order = a == NULL ? 1 : b == NULL ? -1 : strcmp(a->name, b->name);
    bool other = order == 0 && (a->size != b->size || memcmp(a->value, b->value, a->size) != 0);
    if (order == 0 && !other) continue;
    differ_text(e, COMPARE_XATTRS, order <= 0 ? a->name : "none",
                order == 0  ? "another value"
                : order > 0 ? b->name
                            : "none");
    return;
  }
}

/* --- content ------------------------------------------------------------------------------- */

enum { COMPARE_PIECE = 256 << 10 };

struct content {
  struct view_file a, b;
  uint64_t at;
  size_t a_have, b_have; /* bytes of the pieces that are there ... */
  size_t a_used, b_used; /* ... and that have been compared */
  uint8_t a_piece[COMPARE_PIECE], b_piece[COMPARE_PIECE];
};

static int content_fill(struct view_file *f, uint8_t *piece, size_t *have, size_t *used) {
  if (*used < *have) return EXIT_DONE;
  *used = 0;
  return view_file_read(f, piece, COMPARE_PIECE, have);
}

/* Goes on until the contents differ or one of them ends; *differs then. */
static int content_walk(struct content *c, const struct say *say, bool *differs) {
  for (;;) {
    int status = content_fill(&c->a, c->a_piece, &c->a_have, &c->a_used);
    if (status == EXIT_DONE) status = content_fill(&c->b, c->b_piece, &c->b_have, &c->b_used);
    if (status != EXIT_DONE) return status;
    size_t a = c->a_have - c->a_used, b = c->b_have - c->b_used, n = a < b ? a : b, same = 0;
    const uint8_t *p = c->a_piece + c->a_used, *q = c->b_piece + c->b_used;
    if (memcmp(p, q, n) == 0) same = n;
    while (same < n && p[same] == q[same]) same++;
    c->at += same;
    c->a_used += same;
    c->b_used += same;
    progress_add(say, same);
    *differs = same < n || (n == 0 && a != b);
    if (*differs || n == 0) return EXIT_DONE;
  }
}

/* Where sizes differ, too, one line tells both. */
static int compare_content(struct compare *c, struct compare_entry *e) {
  struct content *content = c->content;
  bool differs = false;
  content->at = 0;
  content->a_have = content->b_have = content->a_used = content->b_used = 0;
  view_file_open(&content->a, c->say, c->a, e->a);
  view_file_open(&content->b, c->say, c->b, e->b);
  int status = content_walk(content, c->say, &differs);
  if (status == EXIT_DONE && differs) e->at = content->at;
  if (status == EXIT_DONE && differs && e->a->size == e->b->size) differ_text(e, COMPARE_CONTENT, NULL, NULL);
  return status;
}

/* --- one entry -------------------------------------------------------------------------------- */

/* Names of one inode are a group; a name belongs to the same group on both sides when the group has the same first
 * name. */
static void compare_links(struct compare *c, struct compare_entry *e) {
  const char *a = c->a->entry[e->a->first].path, *b = c->b->entry[e->b->first].path;
  if (strcmp(a, b) != 0) differ_text(e, COMPARE_LINKS, a, b);
}

static int compare_both(struct compare *c, struct compare_entry *e) {
  const struct view_entry *a = e->a, *b = e->b;
  uint32_t type = a->mode & MODE_TYPE;
  if (type != (b->mode & MODE_TYPE)) {
    differ_text(e, COMPARE_TYPE, show_type(a->mode), show_type(b->mode));
    return EXIT_DONE;
  }
  differ_number(e, COMPARE_MODE, a->mode & MODE_BITS, b->mode & MODE_BITS);
  differ_pair(e, COMPARE_OWNER, a->uid, a->gid, b->uid, b->gid);
  compare_mtime(e);
  differ_pair(e, COMPARE_DEVICE, a->rdev_major, a->rdev_minor, b->rdev_major, b->rdev_minor);
  compare_attrs(e);
  if (type == MODE_LINK && strcmp(a->target, b->target) != 0) differ_text(e, COMPARE_TARGET, a->target, b->target);
  if (type != MODE_DIR) compare_links(c, e);
  bool seen = &c->a->entry[a->first] != a && &c->b->entry[b->first] != b; /* each content once */
  if (type != MODE_FILE || seen) return EXIT_DONE;
  differ_number(e, COMPARE_SIZE, a->size, b->size);
  return compare_content(c, e);
}

static int compare_one(struct compare *c, const struct view_entry *a, const struct view_entry *b) {
  struct compare_entry e = {.a = a, .b = b, .at = UINT64_MAX};
  int status = a != NULL && b != NULL ? compare_both(c, &e) : EXIT_DONE;
  if (status != EXIT_DONE) return status;
  c->differences += a != NULL && b != NULL ? e.attributes : 1;
  if (a == NULL || b == NULL || e.attributes > 0) c->each(c->arg, &e);
  return EXIT_DONE;
}

/* --- both trees ----------------------------------------------------------------------------------- */

static int compare_walk(struct compare *c) {
  const struct view *a = c->a, *b = c->b;
  int status = EXIT_DONE;
  for (size_t i = 0, k = 0; status == EXIT_DONE && (i < a->entries || k < b->entries);) {
    int order = i == a->entries ? 1 : k == b->entries ? -1 : tree_compare(a->entry[i].path, b->entry[k].path);
    const struct view_entry *x = order <= 0 ? &a->entry[i++] : NULL, *y = order >= 0 ? &b->entry[k++] : NULL;
    status = compare_one(c, x, y);
  }
  return status;
}

/* The bytes of all contents, each once. */
static uint64_t compare_bytes(const struct view *v) {
  uint64_t n = 0;
  for (size_t i = 0; i < v->entries; i++)
    if (v->entry[i].first == i && (v->entry[i].mode & MODE_TYPE) == MODE_FILE) n += v->entry[i].size;
  return n;
}

int compare_views(struct compare *c) {
  c->differences = 0;
  c->content = malloc(sizeof *c->content);
  if (c->content == NULL) return say_error(c->say, EXIT_USAGE, "no memory to compare");
  progress_start(c->say, "comparing", compare_bytes(c->a));
  int status = compare_walk(c);
  progress_end(c->say);
  free(c->content);
  c->content = NULL;
  return status == EXIT_DONE && c->differences > 0 ? EXIT_DIFFERS : status;
}
