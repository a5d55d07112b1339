/* mkimage/verbs/left.c - the archive that a machine sent, checked and written in path order: see left.h. */
#include "mkimage/verbs/left.h"

#include <stdio.h>
#include <string.h>
#include <sys/mman.h>

#include "formats/err.h"
#include "formats/limits.h"
#include "mkimage/lib/output.h"
#include "mkimage/pack/bare.h"
#include "mkimage/tree/tree_edit.h"
#include "mkimage/tree/tree_image.h"

static int left_recipe(const struct call *c, struct recipe *r) {
  return bare_recipe(r, &c->say, call_option(c, "format"), call_option(c, "compress"));
}

int left_check(const struct call *c) {
  const char *file = call_option(c, "save");
  struct output out;
  struct recipe r;
  if (file == NULL && c->operands > 1)
    return say_error(&c->say, EXIT_USAGE, "'%s': a PATH is for --save FILE; the program's arguments stand behind --",
                     say_name(c->operand[1]).text);
  if (file == NULL && (call_option(c, "compress") != NULL || call_option(c, "format") != NULL))
    return say_error(&c->say, EXIT_USAGE, "--format and --compress are for --save FILE");
  if (file == NULL) return EXIT_DONE;
  if (*file == 0 || strcmp(file, "-") == 0)
    return say_error(&c->say, EXIT_USAGE, "--save: a file; standard output is the program's");
  int status = left_recipe(c, &r);
  recipe_drop(&r);
  if (status == EXIT_DONE && (status = output_open(&out, &c->say, file)) == EXIT_DONE) output_drop(&out);
  return status;
}

/* The kernel's lines "save: '/NAME': REASON" at the end of its log. */
static int left_told(const struct call *c, const struct run_end *end) {
  int status = EXIT_DONE;
  const char *at = end->log, *stop = end->log + end->log_len;
  while (at < stop) {
    const char *line_end = memchr(at, '\n', (size_t)(stop - at));
    size_t n = (size_t)((line_end != NULL ? line_end : stop) - at);
    if (n > 6 && memcmp(at, "save: ", 6) == 0) status = say_error(&c->say, EXIT_UNFIT, "%s", say_bytes(at, n).text);
    at += n + 1;
  }
  return status;
}

static int left_tree(const struct call *c, struct look *l) {
  struct tree t = {.root_fd = -1, .spool_fd = -1};
  struct recipe r;
  int status = left_recipe(c, &r);
  if (status == EXIT_DONE) status = tree_of_look(&t, &c->say, l);
  if (status == EXIT_DONE) status = tree_edit_done(&t, &c->say);
  if (status == EXIT_DONE) status = tree_format(&t, &c->say, &r);
  if (status == EXIT_DONE) status = bare_write(&c->say, &t, &r, call_option(c, "save"));
  tree_drop(&t);
  recipe_drop(&r);
  return status;
}

/* One attribute, onto the entry in the tree that was unpacked. */
static int left_attr(const struct call *c, struct look *l, const struct run_attr *a) {
  char path[LIMIT_PATH + 1], name[LIMIT_ATTR_NAME + 1];
  int rc = ERR_NAME;
  if (a->path_len < LIMIT_PATH && a->name_len <= LIMIT_ATTR_NAME) {
    snprintf(path, sizeof path, "/%.*s", (int)a->path_len, a->path);
    snprintf(name, sizeof name, "%.*s", (int)a->name_len, a->name);
    rc = taproot_setxattr(l->t, path, name, a->value, a->size, 0, false);
  }
  if (rc >= 0) return EXIT_DONE;
  return say_error(&c->say, say_status(rc), "'%s': its extended attribute: %s", say_bytes(a->path, a->path_len).text,
                   taproot_sentence(rc));
}

static int left_attrs(const struct call *c, struct look *l, const struct run_save *s) {
  const uint8_t *bytes;
  uint64_t size, at = 0;
  struct run_attr a;
  int rc = 1, status = image_map_fd(&c->say, l->im.name, s->attrs, &bytes, &size);
  while (status == EXIT_DONE && (rc = run_save_attr(bytes, size, &at, &a)) > 0) status = left_attr(c, l, &a);
  if (rc < 0) status = say_error(&c->say, EXIT_DAMAGED, "%s: attributes that cannot be read", l->im.name);
  if (bytes != NULL) munmap((void *)(uintptr_t)bytes, (size_t)size);
  return status;
}

static int left_archive(const struct call *c, const struct run_save *s) {
  static const char name[] = "what the program left";
  struct look l = {.im.name = name};
  struct flaw flaw = {0};
  const uint8_t *bytes;
  uint64_t size;
  int status = image_map_fd(&c->say, name, s->spool, &bytes, &size);
  if (status != EXIT_DONE) return status;
  if (image_recognise(&l.im, name, bytes, size, &flaw) < 0) status = say_flaw(&c->say, name, &flaw);
  if (status == EXIT_DONE) status = look_unpack(&l, &c->say);
  if (status == EXIT_DONE) status = left_attrs(c, &l, s);
  if (status == EXIT_DONE) status = look_list(&l, &c->say);
  if (status == EXIT_DONE) status = left_tree(c, &l);
  look_close(&l);
  return status;
}

int left_write(const struct call *c, const struct run_save *s, const struct run_end *end) {
  const char *file = call_option(c, "save");
  if (end->how != RUN_EXIT && end->how != RUN_SIGNAL)
    return say_error(&c->say, EXIT_USAGE, "%s: nothing is saved: the program has not ended", say_name(file).text);
  if (s->status != EXIT_DONE) return s->status;
  int told = left_told(c, end);
  if (s->size == 0 && told == EXIT_DONE)
    return say_error(&c->say, EXIT_USAGE,
                     "%s: the kernel of this image saves nothing (mkimage upgrade gives it a newer one)",
                     say_name(file).text);
  struct call writing = *c;
  writing.say.began = say_clock();
  writing.say.aside = true;
  int status = left_archive(&writing, s);
  return status != EXIT_DONE ? status : told;
}
