/* mkimage/verbs/export.c - mkimage export IMAGE -o FILE: the tree that the machine will see, as one archive. */
#include <string.h>

#include "mkimage/pack/bare.h"
#include "mkimage/tree/tree_edit.h"
#include "mkimage/tree/tree_image.h"
#include "mkimage/verbs/verbs.h"

static const struct verb_option export_options[] = {
    {'o', "output", "FILE", "where to; - is standard output"},
    {'f', "format", "FORMAT", "newc, pax, or auto: newc unless that cannot hold it (default: auto)"},
    {'z', "compress", "CODEC[:LEVEL]", "none, gzip, lz4, zstd or xz (default: none)"},
    VERBS_REPORT,
    {0, NULL, NULL, NULL}};

static int export_tree(const struct call *c, struct look *l, const struct recipe *r, const char *out) {
  struct tree t = {.root_fd = -1, .spool_fd = -1};
  int status = tree_of_look(&t, &c->say, l);
  if (status == EXIT_DONE) status = tree_edit_done(&t, &c->say);
  if (status == EXIT_DONE) status = tree_format(&t, &c->say, r);
  if (status == EXIT_DONE) status = bare_write(&c->say, &t, r, out);
  tree_drop(&t);
  return status;
}

static int export_run(struct call *c) {
  struct look l = {0};
  struct recipe r;
  const char *out = call_option(c, "output");
  if (out == NULL || *out == 0) return say_error(&c->say, EXIT_USAGE, "where to? -o FILE, or -o - for standard output");
  int status = bare_recipe(&r, &c->say, call_option(c, "format"), call_option(c, "compress"));
  if (status == EXIT_DONE) {
    status = look_tree(&l, &c->say, c->operand[0]);
    if (status == EXIT_DONE) status = export_tree(c, &l, &r, out);
    look_close(&l);
  }
  recipe_drop(&r);
  return status;
}

const struct verb verb_export = {.name = "export",
                                 .operands = "IMAGE -o FILE",
                                 .summary = "Writes the tree of an image as one archive",
                                 .options = export_options,
                                 .operands_min = 1,
                                 .operands_max = 1,
                                 .run = export_run};
