/* mkimage/config/config_manifest.c - app.cfg as the records of an image's manifest. */
#include <stdlib.h>
#include <string.h>

#include "formats/bytes.h"
#include "formats/err.h"
#include "formats/limits.h"
#include "formats/manifest.h"
#include "mkimage/config/config.h"

static int manifest_text(struct manifest_writer *w, enum manifest_tag tag, const char *text) {
  return manifest_add(w, tag, text, strlen(text));
}

static int manifest_all(struct manifest_writer *w, const struct config *c, const char *platform, const uint8_t *recipe,
                        size_t recipe_bytes) {
  uint8_t memory[8];
  bytes_put_le64(memory, c->memory);
  int rc = manifest_text(w, MANIFEST_NAME, c->name);
  if (rc >= 0) rc = manifest_text(w, MANIFEST_PLATFORM, platform);
  if (rc >= 0 && c->memory != 0) rc = manifest_add(w, MANIFEST_MEMORY, memory, sizeof memory);
  if (rc >= 0) rc = manifest_text(w, MANIFEST_PROGRAM, c->program);
  if (rc >= 0) rc = manifest_text(w, MANIFEST_ARG, c->argv0 != NULL ? c->argv0 : c->program);
  for (size_t i = 0; rc >= 0 && i < c->args; i++) rc = manifest_text(w, MANIFEST_ARG, c->arg[i]);
  for (size_t i = 0; rc >= 0 && i < c->envs; i++) rc = manifest_text(w, MANIFEST_ENV, c->env[i]);
  if (rc >= 0) rc = manifest_text(w, MANIFEST_CWD, c->cwd);
  if (rc >= 0) rc = manifest_text(w, MANIFEST_STDIN, c->input);
  if (rc >= 0) rc = manifest_text(w, MANIFEST_EXTERNAL, c->external);
  if (rc >= 0) rc = manifest_add(w, MANIFEST_RECIPE, recipe, recipe_bytes);
  return rc >= 0 ? manifest_text(w, MANIFEST_TOOL, TAPROOT_VERSION) : rc;
}

/* More than the records can take, in whole pages. */
static size_t manifest_room(const struct config *c, size_t recipe_bytes) {
  size_t n = MANIFEST_HEADER + manifest_record_bytes(recipe_bytes) + 12 * manifest_record_bytes(LIMIT_PATH);
  if (c->argv0 != NULL) n += manifest_record_bytes(strlen(c->argv0));
  for (size_t i = 0; i < c->args; i++) n += manifest_record_bytes(strlen(c->arg[i]));
  for (size_t i = 0; i < c->envs; i++) n += manifest_record_bytes(strlen(c->env[i]));
  return (size_t)bytes_round_up(n, LIMIT_PAGE);
}

int config_manifest(const struct config *c, const struct say *say, const char *platform, uint8_t **bytes, size_t *n) {
  uint8_t *recipe;
  size_t recipe_bytes;
  struct manifest_writer w;
  *bytes = NULL;
  if (recipe_encode(&c->recipe, &recipe, &recipe_bytes) < 0) return say_error(say, EXIT_USAGE, "out of memory");
  size_t room = manifest_room(c, recipe_bytes);
  *bytes = calloc(1, room);
  int rc = *bytes != NULL ? manifest_begin(&w, *bytes, room) : ERR_NOMEM;
  if (rc >= 0) rc = manifest_all(&w, c, platform, recipe, recipe_bytes);
  if (rc >= 0) rc = manifest_close(&w);
  free(recipe);
  if (rc < 0) return say_error(say, EXIT_USAGE, "the manifest cannot be written: %s", err_sentence(rc));
  *n = (size_t)rc;
  return EXIT_DONE;
}
