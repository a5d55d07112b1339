/* mkimage/verbs/pack.c - mkimage pack ROOTFS -o FILE: the archive alone, without an image around it. */
#include <string.h>

#include "mkimage/config/config.h"
#include "mkimage/pack/bare.h"
#include "mkimage/verbs/verbs.h"

static const struct verb_option pack_options[] = {
    {'o', "output", "FILE", "where to; - is standard output"},
    {'f', "format", "FORMAT", "newc, pax, or auto: newc unless that cannot hold it (default: newc, or of app.cfg)"},
    {'z', "compress", "CODEC[:LEVEL]", "none, gzip, lz4, zstd or xz (default: what app.cfg says, else none)"},
    {'c', "config", "app.cfg", "apply its rootfs settings: exclude, files, owner, mtime, compress"},
    VERBS_REPORT,
    {0, NULL, NULL, NULL}};

/* `mkimage pack app.cfg ROOTFS` once made images. */
static int pack_two(const struct call *c) {
  return say_error(&c->say, EXIT_USAGE,
                   "pack takes a ROOTFS alone and writes a bare archive; images are made by: mkimage %s %s",
                   say_name(c->operand[0]).text, say_name(c->operand[1]).text);
}

/* What app.cfg says of the rootfs; without one, what it would say by itself, uncompressed. */
static int pack_recipe(const struct call *c, struct config *cfg) {
  const char *file = call_option(c, "config");
  int status = EXIT_DONE;
  if (file != NULL) {
    status = config_load(cfg, &c->say, file);
  } else {
    *cfg = (struct config){0};
    recipe_start(&cfg->recipe);
    cfg->recipe.codec = CODEC_NONE;
    cfg->recipe.level = 0;
  }
  if (status == EXIT_DONE)
    status = bare_options(&cfg->recipe, &c->say, call_option(c, "format"), call_option(c, "compress"));
  return status == EXIT_DONE ? recipe_clamp(&cfg->recipe, &c->say) : status;
}

static int pack_run(struct call *c) {
  struct config cfg;
  struct tree t = {.root_fd = -1, .spool_fd = -1};
  const char *out = call_option(c, "output");
  if (c->operands == 2) return pack_two(c);
  if (out == NULL || *out == 0) return say_error(&c->say, EXIT_USAGE, "where to? -o FILE, or -o - for standard output");
  int status = pack_recipe(c, &cfg);
  if (status == EXIT_DONE) status = tree_load(&t, &c->say, c->operand[0], &cfg.recipe);
  if (status == EXIT_DONE) status = bare_write(&c->say, &t, &cfg.recipe, out);
  tree_drop(&t);
  config_drop(&cfg);
  return status;
}

const struct verb verb_pack = {.name = "pack",
                               .operands = "ROOTFS -o FILE",
                               .summary = "Writes a rootfs as a bare archive, as initrd for any kernel",
                               .options = pack_options,
                               .operands_min = 1,
                               .operands_max = 2,
                               .run = pack_run};
