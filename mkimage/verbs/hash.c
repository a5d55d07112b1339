/* mkimage/verbs/hash.c - the verb hash: one digest for what a tree holds, equal for equal trees. */
#include <string.h>
#include <sys/stat.h>

#include "mkimage/config/config.h"
#include "mkimage/verbs/verbs.h"
#include "mkimage/view/canon.h"

static const struct verb_option hash_options[] = {
    {'r', "recipe", "FILE", "take directories as this app.cfg or image packs them"},
    {0, "no-owner", NULL, "leave owners out"},
    {0, "no-mtime", NULL, "leave times of change out"},
    {0, "json", NULL, "one JSON object a line"},
    {0, NULL, NULL, NULL}};

/* Where the recipe comes from; it must outlive what is read from it. */
struct hash_recipe {
  struct config config;
  struct recipe image;
  const struct recipe *use; /* NULL: none was asked for */
  bool has_config, has_image;
};

static bool hash_is_elf(const char *path, const struct say *say, int *status) {
  const uint8_t *bytes;
  uint64_t size;
  struct image im = {0};
  *status = image_map(say, path, &bytes, &size);
  if (*status != EXIT_DONE) return false;
  bool elf = size >= 4 && memcmp(bytes, "\177ELF", 4) == 0;
  im.bytes = bytes;
  im.size = size;
  image_close(&im);
  return elf;
}

static int hash_recipe_image(struct hash_recipe *r, const struct say *say, const char *path) {
  struct image im;
  int status = image_open(&im, say, path);
  if (status != EXIT_DONE) return status;
  r->has_image = true;
  status = recipe_of_image(&r->image, say, &im);
  r->use = &r->image;
  image_close(&im);
  return status;
}

static int hash_recipe_config(struct hash_recipe *r, const struct say *say, const char *path) {
  r->has_config = true;
  int status = config_load(&r->config, say, path);
  if (status == EXIT_DONE) status = recipe_clamp(&r->config.recipe, say);
  r->use = &r->config.recipe;
  return status;
}

static int hash_recipe_open(struct hash_recipe *r, const struct say *say, const char *path) {
  int status = EXIT_DONE;
  if (path == NULL) return EXIT_DONE;
  bool elf = hash_is_elf(path, say, &status);
  if (status != EXIT_DONE) return status;
  return elf ? hash_recipe_image(r, say, path) : hash_recipe_config(r, say, path);
}

static void hash_recipe_close(struct hash_recipe *r) {
  if (r->has_config) config_drop(&r->config);
  if (r->has_image) recipe_drop(&r->image);
}

static int hash_print(const struct call *c, const struct view *v, const char *hex) {
  if (call_option(c, "json") == NULL) {
    printf("%s  ", hex);
    show_name(stdout, v->name, strlen(v->name));
    putchar('\n');
    return EXIT_DONE;
  }
  json_t *o = json_pack("{s:s, s:I}", "hash", hex, "entries", (json_int_t)v->entries);
  if (o != NULL && show_string(o, "file", v->name, strlen(v->name)) && show_json(stdout, o)) return EXIT_DONE;
  return say_error(&c->say, EXIT_USAGE, "no memory");
}

static int hash_one(const struct call *c, const char *path, const struct recipe *recipe) {
  const struct canon how = {call_option(c, "no-owner") != NULL, call_option(c, "no-mtime") != NULL};
  struct view v;
  uint8_t sum[DIGEST_BYTES];
  char hex[2 * DIGEST_BYTES + 1];
  int status = view_open(&v, &c->say, path, recipe);
  if (status == EXIT_DONE) status = canon_digest(&how, &c->say, &v, sum);
  if (status == EXIT_DONE) {
    show_hex(sum, sizeof sum, hex);
    status = hash_print(c, &v, hex);
  }
  view_close(&v);
  return status;
}

/* Each that can be digested is; the worst status counts. */
static int hash_verb(struct call *c) {
  struct hash_recipe r = {0};
  int worst = hash_recipe_open(&r, &c->say, call_option(c, "recipe"));
  for (int i = 0; (worst == EXIT_DONE || i > 0) && i < c->operands; i++) {
    int status = hash_one(c, c->operand[i], r.use);
    if (status > worst) worst = status;
  }
  hash_recipe_close(&r);
  return worst;
}

const struct verb verb_hash = {
    .name = "hash",
    .operands = "A...",
    .summary = "Prints a digest of what images, archives or directories hold",
    .options = hash_options,
    .operands_min = 1,
    .operands_max = 4096,
    .run = hash_verb,
};
