/* mkimage/verbs/build.c - mkimage [build] [-o DIR] app.cfg ROOTFS: one image for each platform. */
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "mkimage/config/config.h"
#include "mkimage/image/kernels.h"
#include "mkimage/pack/build.h"
#include "mkimage/pack/depfile.h"
#include "mkimage/pack/report.h"
#include "mkimage/tree/program.h"
#include "mkimage/verbs/verbs.h"

static const struct verb_option build_options[] = {
    {'o', "output", "DIR", "write the images there (default: the current directory); - is standard output"},
    {0, "depfile", "FILE", "write a rule for make: the images, and all they were made of"},
    {'k', "kernels", "DIR", "take the kernels of DIR/PLATFORM (default: $TAPROOT_KERNELS, or where mkimage lies)"},
    VERBS_REPORT,
    {0, NULL, NULL, NULL}};

/* What was written and from what, for --depfile. */
struct build_made {
  const char **image, **kernel;
  size_t n;
};

static bool build_remember(struct build_made *m, struct pool *pool, const char *image, const char *kernel) {
  m->image[m->n] = pool_copy(pool, image, strlen(image));
  m->kernel[m->n] = pool_copy(pool, kernel, strlen(kernel));
  m->n++;
  return m->image[m->n - 1] != NULL && m->kernel[m->n - 1] != NULL;
}

static int build_depfile(const struct call *c, const struct config *cfg, const struct tree *t,
                         const struct build_made *m) {
  size_t froms = 0, most = 1 + m->n + cfg->recipe.files;
  const char **from = calloc(most, sizeof *from);
  if (from == NULL) return say_error(&c->say, EXIT_USAGE, "out of memory");
  from[froms++] = c->operand[0];
  for (size_t i = 0; i < cfg->recipe.files; i++)
    if (cfg->recipe.file[i].host != NULL) from[froms++] = cfg->recipe.file[i].host;
  for (size_t i = 0; i < m->n; i++) from[froms++] = m->kernel[i];
  struct depfile d = {m->image, m->n, from, froms, c->operand[1], t};
  int status = depfile_write(&d, &c->say, call_option(c, "depfile"));
  free(from);
  return status;
}

static bool build_standard(const struct call *c) {
  const char *dir = call_option(c, "output");
  return dir != NULL && strcmp(dir, "-") == 0;
}

static int build_target(const struct call *c, const struct config *cfg, const struct tree *t,
                        const struct image *kernel, const char *platform, char target[PATH_MAX]) {
  const char *dir = call_option(c, "output"), *slash = dir != NULL && dir[strlen(dir) - 1] != '/' ? "/" : "";
  struct build b = {.say = &c->say, .base = kernel, .tree = t, .recipe = &cfg->recipe, .memory = cfg->memory};
  uint8_t *manifest;
  size_t n;
  if (build_standard(c))
    memcpy(target, "-", sizeof "-");
  else if (snprintf(target, PATH_MAX, "%s%s%s-%s.elf", dir ? dir : "", slash, cfg->name, platform) >= PATH_MAX)
    return say_error(&c->say, EXIT_USAGE, "%s: the path is too long", say_name(dir ? dir : cfg->name).text);
  int status = config_manifest(cfg, &c->say, platform, &manifest, &n);
  b.manifest = manifest;
  b.manifest_bytes = n;
  if (status == EXIT_DONE) status = build_image(&b, target);
  if (status == EXIT_DONE) status = report_image(&b, target);
  free(manifest);
  return status;
}

/* `path` is that of the kernel. */
static int build_platform(const struct call *c, const struct config *cfg, const struct tree *t, const char *platform,
                          char path[PATH_MAX], char target[PATH_MAX]) {
  struct image kernel;
  const struct kernels_wish wish = {.platform = platform,
                                    .dir = call_option(c, "kernels"),
                                    .codec = (enum codec_id)cfg->recipe.codec,
                                    .all = strcmp(cfg->external, "any") == 0};
  int status = kernels_open(&kernel, &c->say, &wish, path);
  if (status != EXIT_DONE) return status;
  status = program_check(t, &c->say, cfg->program, kernel.elf.machine);
  if (status == EXIT_DONE) program_expect(t, &c->say, "the working directory", cfg->cwd, true);
  if (status == EXIT_DONE && cfg->input[0] == '/') program_expect(t, &c->say, "standard input", cfg->input, false);
  if (status == EXIT_DONE) status = build_target(c, cfg, t, &kernel, platform, target);
  image_close(&kernel);
  return status;
}

/* What is to be run, by app.cfg and by the rootfs; then the image. */
static int build_launch(const struct call *c, struct config *cfg, struct tree *t, const char *platform,
                        struct build_made *made) {
  struct config merged;
  char program[LIMIT_PATH], kernel[PATH_MAX], target[PATH_MAX];
  int status = config_launch(cfg, &c->say, &t->launch, &t->pool, &merged);
  if (status == EXIT_DONE)
    status = program_locate(t, &c->say, merged.program, merged.cwd, merged.env, merged.envs, program);
  merged.program = program;
  if (status == EXIT_DONE) status = build_platform(c, &merged, t, platform, kernel, target);
  if (status == EXIT_DONE && !build_remember(made, &cfg->recipe.pool, target, kernel))
    status = say_error(&c->say, EXIT_USAGE, "out of memory");
  return status;
}

/* One tree serves all platforms, but for a rootfs that has one for each CPU. */
static int build_tree(const struct call *c, struct config *cfg, struct tree *t, const char *platform) {
  const char *arch = recipe_arch(platform), *before = cfg->recipe.arch;
  cfg->recipe.arch = arch;
  if (before != NULL && (!t->by_machine || strcmp(arch, before) == 0)) return EXIT_DONE;
  tree_drop(t);
  return tree_load(t, &c->say, c->operand[1], &cfg->recipe);
}

/* One image alone can go to standard output, where nobody could name it in a rule. */
static int build_standard_check(const struct call *c, const struct config *cfg) {
  if (!build_standard(c)) return EXIT_DONE;
  if (cfg->platforms > 1)
    return say_error(&c->say, EXIT_USAGE, "-o -: app.cfg makes %zu images, standard output takes one; -o DIR",
                     cfg->platforms);
  if (call_option(c, "depfile") != NULL)
    return say_error(&c->say, EXIT_USAGE, "--depfile: standard output has no name for make's rule; -o DIR");
  return EXIT_DONE;
}

static int build_all(const struct call *c, struct config *cfg, struct tree *t) {
  struct build_made made = {pool_take(&cfg->recipe.pool, cfg->platforms * sizeof(char *)),
                            pool_take(&cfg->recipe.pool, cfg->platforms * sizeof(char *)), 0};
  int status = EXIT_DONE;
  if (made.image == NULL || made.kernel == NULL) return say_error(&c->say, EXIT_USAGE, "out of memory");
  for (size_t i = 0; status == EXIT_DONE && i < cfg->platforms; i++) {
    status = build_tree(c, cfg, t, cfg->platform[i]);
    if (status == EXIT_DONE) status = build_launch(c, cfg, t, cfg->platform[i], &made);
  }
  return status == EXIT_DONE && call_option(c, "depfile") != NULL ? build_depfile(c, cfg, t, &made) : status;
}

static int build_run(struct call *c) {
  struct config cfg;
  struct tree t = {.root_fd = -1, .spool_fd = -1};
  const char *dir = call_option(c, "output");
  if (dir != NULL && *dir == 0) return say_error(&c->say, EXIT_USAGE, "--output: a directory without a name");
  if (call_file(c, "depfile") != EXIT_DONE) return EXIT_USAGE;
  int status = config_load(&cfg, &c->say, c->operand[0]);
  if (status == EXIT_DONE) status = recipe_clamp(&cfg.recipe, &c->say);
  if (status == EXIT_DONE) status = build_standard_check(c, &cfg);
  if (status == EXIT_DONE) status = build_all(c, &cfg, &t);
  tree_drop(&t);
  config_drop(&cfg);
  return status;
}

const struct verb verb_build = {
    .name = "build",
    .operands = "app.cfg ROOTFS",
    .summary = "Makes images from a directory, an archive, a container or other image, or - (stdin)",
    .options = build_options,
    .operands_min = 2,
    .operands_max = 2,
    .run = build_run};
