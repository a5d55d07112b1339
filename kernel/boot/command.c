/* kernel/boot/command.c - what to run: the manifest's words, overridden by those of the boot line, in heap memory.
 *
 * Strings are copied one by one: the manifest's pages are about to go back to the allocator.
 */
#include "kernel/boot/boot.h"

#include <string.h>

struct words { /* a NULL-terminated list, growing to a bound known before */
  const char **list;
  size_t count;
};

static char *copy(struct boot *b, const void *bytes, size_t n) {
  char *s = heap_take(&b->heap, n + 1);
  if (!s) return NULL;
  memcpy(s, bytes, n);
  s[n] = 0;
  return s;
}

static bool records_of(struct boot *b, struct cursor *records) {
  struct flaw flaw = {0};
  const struct section *s = &b->section;
  return s->manifest && manifest_open(records, s->manifest, s->manifest_bytes, &flaw) == 0;
}

static size_t count_records(struct boot *b, enum manifest_tag tag) {
  struct cursor records;
  struct manifest_record r;
  size_t n = 0;
  if (!records_of(b, &records)) return 0;
  while (manifest_next(&records, &r) > 0) n += r.tag == tag;
  return n;
}

static int make_words(struct boot *b, struct words *w, size_t most) {
  w->list = heap_take_zero(&b->heap, (most + 1) * sizeof *w->list);
  w->count = 0;
  return w->list ? 0 : ERR_NOMEM;
}

static int add_word(struct boot *b, struct words *w, const void *bytes, size_t n) {
  char *s = copy(b, bytes, n);
  if (!s) return ERR_NOMEM;
  w->list[w->count++] = s;
  return 0;
}

static int add_records(struct boot *b, struct words *w, enum manifest_tag tag, size_t most) {
  struct cursor records;
  struct manifest_record r;
  int code = 0;
  if (!records_of(b, &records)) return 0;
  while (code == 0 && w->count < most && manifest_next(&records, &r) > 0)
    if (r.tag == tag) code = add_word(b, w, r.bytes, r.length);
  return code;
}

/* The one string of a tag, or what stands for it when it is missing. */
static char *read_string(struct boot *b, enum manifest_tag tag, const char *otherwise) {
  struct cursor records;
  struct manifest_record r;
  if (records_of(b, &records) && manifest_find(records, tag, &r)) return copy(b, r.bytes, r.length);
  return copy(b, otherwise, strlen(otherwise));
}

/* Words of the boot line behind `--`: as many as it has bytes is a bound that needs no counting. */
static int add_arguments(struct boot *b, struct words *w) {
  const char *at = b->arguments;
  char *word = heap_take(&b->heap, LIMIT_BOOT_LINE);
  int code = word ? 0 : ERR_NOMEM, got = 0;
  while (code == 0 && (got = line_next(&at, word, LIMIT_BOOT_LINE)) > 0) code = add_word(b, w, word, strlen(word));
  if (code == 0 && got < 0) code = boot_why(b, got, "a quoted program argument on the boot line has no end");
  heap_give(&b->heap, word);
  return code;
}

/* The manifest's arguments are its program's: another one that the boot line names starts without them. */
static int read_argv(struct boot *b) {
  size_t recorded = b->words.init[0] ? 0 : count_records(b, MANIFEST_ARG), first = recorded < 1 ? recorded : 1;
  struct words w;
  int code = make_words(b, &w, recorded + 1 + (b->arguments ? strlen(b->arguments) : 0));
  if (code == 0) code = add_records(b, &w, MANIFEST_ARG, b->arguments ? first : recorded);
  if (code == 0 && w.count == 0) code = add_word(b, &w, b->command.path, strlen(b->command.path));
  if (code == 0 && b->arguments) code = add_arguments(b, &w);
  b->command.argv = w.list;
  return code;
}

static int read_envp(struct boot *b) {
  size_t n = count_records(b, MANIFEST_ENV);
  struct words w;
  int code = make_words(b, &w, n);
  if (code == 0) code = add_records(b, &w, MANIFEST_ENV, n);
  b->command.envp = w.list;
  return code;
}

int command_read(struct boot *b) {
  struct boot_command *c = &b->command;
  int code;
  c->path = b->words.init[0] ? copy(b, b->words.init, strlen(b->words.init)) : read_string(b, MANIFEST_PROGRAM, "");
  c->cwd = read_string(b, MANIFEST_CWD, "/");
  c->input = read_string(b, MANIFEST_STDIN, "console");
  if (!c->path || !c->cwd || !c->input) return ERR_NOMEM;
  code = read_argv(b);
  return code < 0 ? code : read_envp(b);
}
