/* mkimage/verbs/tree.c - the verb tree: an image, archive or directory as a drawn tree, with sizes. */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "formats/archive.h"
#include "formats/err.h"
#include "mkimage/verbs/verbs.h"
#include "mkimage/view/view.h"

enum { TREE_LEVELS = LIMIT_PATH / 2 + 2 };

static const struct verb_option tree_options[] = {{'L', "level", "N", "no deeper than N levels"},
                                                  {'d', "directories", NULL, "directories alone"},
                                                  {0, "json", NULL, "one JSON object, what is in a directory in it"},
                                                  {0, NULL, NULL, NULL}};

struct tree_print {
  const struct view *v;
  size_t from;     /* entry that is the root of what is shown */
  uint64_t levels; /* how many */
  bool only_directories, colour, utf8;
  uint64_t *before;                /* bytes of files in front of each entry, each inode once */
  size_t open[TREE_LEVELS], depth; /* directories that lead to the entry */
  uint64_t directories, files, links, others;
};

static bool tree_is(const struct view_entry *e, uint32_t type) { return (e->mode & MODE_TYPE) == type; }

/* --- how it looks --------------------------------------------------------------------- */

static bool tree_utf8(void) {
  static const char *const names[] = {"LC_ALL", "LC_CTYPE", "LANG"};
  for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
    const char *value = getenv(names[i]);
    if (value != NULL && *value != 0) return strcasestr(value, "utf-8") != NULL || strcasestr(value, "utf8") != NULL;
  }
  return false;
}

static bool tree_colours(void) {
  const char *no = getenv("NO_COLOR"), *term = getenv("TERM");
  return isatty(1) && (no == NULL || *no == 0) && term != NULL && strcmp(term, "dumb") != 0;
}

static const char *tree_colour(const struct view_entry *e) {
  if (tree_is(e, MODE_DIR)) return "1;34";
  if (tree_is(e, MODE_LINK)) return "1;36";
  if (!tree_is(e, MODE_FILE)) return "33";
  return e->mode & 06000 ? "37;41" : e->mode & 0111 ? "1;32" : NULL;
}

/* Bytes of the files that are this entry or below it. */
static uint64_t tree_bytes(const struct tree_print *p, size_t i) {
  return p->before[p->v->entry[i].end] - p->before[i];
}

static void tree_name(const struct tree_print *p, size_t i) {
  const struct view_entry *e = &p->v->entry[i];
  const char *name = i == p->from ? (i == 0 ? p->v->name : e->path) : view_base(e);
  const char *colour = p->colour ? tree_colour(e) : NULL;
  if (colour != NULL) printf("\033[%sm", colour);
  show_name(stdout, name, strlen(name));
  if (colour != NULL) fputs("\033[0m", stdout);
}

static void tree_details(const struct tree_print *p, size_t i) {
  const struct view_entry *e = &p->v->entry[i];
  if (tree_is(e, MODE_DIR)) {
    printf("%s  %s", i == p->from ? "" : "/", say_size(tree_bytes(p, i)).text);
  } else if (tree_is(e, MODE_LINK)) {
    fputs(" -> ", stdout);
    show_name(stdout, e->target, strlen(e->target));
  } else if (e->first != i) {
    fputs("  same as ", stdout);
    show_name(stdout, p->v->entry[e->first].path, strlen(p->v->entry[e->first].path));
  } else if (tree_is(e, MODE_FILE)) {
    printf("  %s", say_size(e->size).text);
  } else if (tree_is(e, MODE_CHR) || tree_is(e, MODE_BLK)) {
    printf("  %c %u:%u", tree_is(e, MODE_CHR) ? 'c' : 'b', e->rdev_major, e->rdev_minor);
  } else
    printf("  %s", show_type(e->mode));
}

/* Is it the last that is shown of its directory? */
static bool tree_last(const struct tree_print *p, size_t i, size_t dir) {
  size_t end = p->v->entry[dir].end;
  size_t next = p->v->entry[i].end;
  while (p->only_directories && next < end && !tree_is(&p->v->entry[next], MODE_DIR)) next = p->v->entry[next].end;
  return next >= end;
}

static void tree_lines(const struct tree_print *p, size_t i) {
  for (size_t d = 1; d < p->depth; d++) {
    bool last = tree_last(p, p->open[d], p->open[d - 1]);
    fputs(last ? "    " : p->utf8 ? "\u2502   " : "|   ", stdout);
  }
  bool last = tree_last(p, i, p->open[p->depth - 1]);
  fputs(p->utf8 ? (last ? "\u2514\u2500\u2500 " : "\u251c\u2500\u2500 ") : last ? "`-- " : "|-- ", stdout);
}

static void tree_count(struct tree_print *p, const struct view_entry *e) {
  uint64_t *n = tree_is(e, MODE_DIR)    ? &p->directories
                : tree_is(e, MODE_FILE) ? &p->files
                : tree_is(e, MODE_LINK) ? &p->links
                                        : &p->others;
  ++*n;
}

static void tree_sum(const struct tree_print *p) {
  printf("\n%" PRIu64 " director%s", p->directories, p->directories == 1 ? "y" : "ies");
  if (!p->only_directories) {
    printf(", %" PRIu64 " file%s", p->files, p->files == 1 ? "" : "s");
    if (p->links > 0) printf(", %" PRIu64 " symlink%s", p->links, p->links == 1 ? "" : "s");
    if (p->others > 0) printf(", %" PRIu64 " other%s", p->others, p->others == 1 ? "" : "s");
  }
  printf(", %s\n", say_size(tree_bytes(p, p->from)).text);
}

/* --- JSON -------------------------------------------------------------------------------- */

/* The object without its closing brace: what is in a directory follows. */
static bool tree_open_json(const struct tree_print *p, size_t i) {
  const struct view_entry *e = &p->v->entry[i];
  struct show s = view_show(e);
  json_t *o = show_object(&s, NULL);
  const char *name = view_base(e);
  bool ok = o != NULL && show_string(o, "name", name, strlen(name));
  if (ok && e->first != i)
    ok = show_string(o, "same_as", p->v->entry[e->first].path, strlen(p->v->entry[e->first].path));
  if (ok && tree_is(e, MODE_DIR)) ok = json_object_set_new(o, "bytes", json_integer((json_int_t)tree_bytes(p, i))) == 0;
  char *text = ok ? json_dumps(o, JSON_COMPACT) : NULL;
  json_decref(o);
  if (text == NULL) return false;
  fwrite(text, 1, strlen(text) - 1, stdout);
  if (tree_is(e, MODE_DIR)) fputs(",\"children\":[", stdout);
  free(text);
  return true;
}

static void tree_close_json(const struct view_entry *e) { fputs(tree_is(e, MODE_DIR) ? "]}" : "}", stdout); }

/* --- the walk -------------------------------------------------------------------------------- */

/* Leaves the directories that do not lead to entry i. */
static void tree_leave(struct tree_print *p, size_t i, bool json) {
  while (p->depth > 0 && p->v->entry[p->open[p->depth - 1]].end <= i) {
    p->depth--;
    if (json) tree_close_json(&p->v->entry[p->open[p->depth]]);
  }
}

static bool tree_show(struct tree_print *p, size_t i, bool json, bool first) {
  if (json) {
    if (!first) putchar(',');
    return tree_open_json(p, i);
  }
  if (p->depth > 0) tree_lines(p, i);
  tree_name(p, i);
  tree_details(p, i);
  putchar('\n');
  return true;
}

static int tree_walk(struct tree_print *p, const struct say *say, bool json) {
  const struct view *v = p->v;
  size_t end = v->entry[p->from].end, shown = 0;
  bool first = true;
  for (size_t i = p->from; i < end && !ferror(stdout);) {
    const struct view_entry *e = &v->entry[i];
    bool dir = tree_is(e, MODE_DIR);
    size_t before = p->depth;
    tree_leave(p, i, json);
    first = first && p->depth == before; /* behind a directory that was left a comma is due */
    if (p->only_directories && !dir && i != p->from) {
      i++;
      continue;
    }
    if (!tree_show(p, i, json, first)) return say_error(say, EXIT_USAGE, "no memory");
    if (shown++ > 0 || !dir) tree_count(p, e);
    first = dir;
    if (dir) p->open[p->depth++] = i;
    if (!dir && json) tree_close_json(e);
    i = dir && p->depth > p->levels ? e->end : i + 1;
  }
  tree_leave(p, end, json);
  return EXIT_DONE;
}

static bool tree_sizes(struct tree_print *p) {
  const struct view *v = p->v;
  p->before = calloc(v->entries + 1, sizeof *p->before);
  for (size_t i = 0; p->before != NULL && i < v->entries; i++) {
    const struct view_entry *e = &v->entry[i];
    p->before[i + 1] = p->before[i] + (e->first == i && tree_is(e, MODE_FILE) ? e->size : 0);
  }
  return p->before != NULL;
}

static int tree_print(struct tree_print *p, const struct call *c) {
  bool json = call_option(c, "json") != NULL;
  if (!tree_sizes(p)) return say_error(&c->say, EXIT_USAGE, "no memory");
  int status = tree_walk(p, &c->say, json);
  if (status == EXIT_DONE && json) putchar('\n');
  if (status == EXIT_DONE && !json) tree_sum(p);
  free(p->before);
  return status;
}

static int tree_verb(struct call *c) {
  const char *level = call_option(c, "level"), *path = c->operands > 1 ? c->operand[1] : NULL;
  struct view v;
  struct tree_print *p = calloc(1, sizeof *p);
  int why = 0;
  if (p == NULL) return say_error(&c->say, EXIT_USAGE, "no memory");
  *p = (struct tree_print){.v = &v, .levels = UINT64_MAX, .colour = tree_colours(), .utf8 = tree_utf8()};
  p->only_directories = call_option(c, "directories") != NULL;
  if (level != NULL && (!call_number(level, UINT32_MAX, &p->levels) || p->levels == 0)) {
    free(p);
    return say_error(&c->say, EXIT_USAGE, "--level: not a number from 1 on: '%s'", say_name(level).text);
  }
  int status = view_open(&v, &c->say, c->operand[0], NULL);
  if (status == EXIT_DONE && path != NULL && (p->from = view_reach(&v, path, &why)) == SIZE_MAX)
    status = say_error(&c->say, EXIT_USAGE, "%s: %s", say_name(path).text, err_sentence(why));
  if (status == EXIT_DONE) status = tree_print(p, c);
  view_close(&v);
  free(p);
  return status;
}

const struct verb verb_tree = {
    .name = "tree",
    .operands = "A [PATH]",
    .summary = "Draws the tree of an image, archive or directory, with sizes",
    .options = tree_options,
    .operands_min = 1,
    .operands_max = 2,
    .run = tree_verb,
};
