/* mkimage/verbs/swap.c - mkimage swap IMAGE ROOTFS [-o OUT]: another rootfs for a finished image.
 *
 * No compiler, no linker, no other program: the tail of the file and a few
 * sizes are written anew.  What app.cfg said stays, the recipe is applied again.
 */
#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "formats/bytes.h"
#include "formats/err.h"
#include "mkimage/pack/build.h"
#include "mkimage/tree/program.h"
#include "mkimage/verbs/verbs.h"

static const struct verb_option swap_options[] = {
    {'o', "output", "OUT", "write OUT and leave IMAGE as it is (default: IMAGE itself)"}, {0, NULL, NULL, NULL}};

/* Every record of the old manifest, but our own two, which are written anew. */
static int swap_records(struct manifest_writer *w, struct cursor records, const uint8_t *recipe, size_t n) {
  struct manifest_record r;
  int rc = 0;
  while (rc >= 0 && manifest_next(&records, &r)) {
    if (r.tag == MANIFEST_RECIPE)
      rc = manifest_add(w, MANIFEST_RECIPE, recipe, n);
    else if (r.tag == MANIFEST_TOOL)
      rc = manifest_add(w, MANIFEST_TOOL, TAPROOT_VERSION, strlen(TAPROOT_VERSION));
    else
      rc = manifest_add(w, (enum manifest_tag)r.tag, r.bytes, r.length);
  }
  return rc >= 0 ? manifest_close(w) : rc;
}

static int swap_manifest(const struct say *say, const struct image *im, const struct recipe *recipe, uint8_t **bytes,
                         size_t *n) {
  struct manifest_writer w;
  uint8_t *raw;
  size_t raw_bytes;
  *bytes = NULL;
  if (recipe_encode(recipe, &raw, &raw_bytes) < 0) return say_error(say, EXIT_USAGE, "out of memory");
  size_t room = bytes_round_up(im->manifest_part.size + manifest_record_bytes(raw_bytes) + 64, LIMIT_PAGE);
  *bytes = calloc(1, room);
  int rc = *bytes != NULL ? manifest_begin(&w, *bytes, room) : ERR_NOMEM;
  if (rc >= 0) rc = swap_records(&w, im->records, raw, raw_bytes);
  free(raw);
  if (rc < 0) return say_error(say, EXIT_USAGE, "the manifest cannot be written: %s", err_sentence(rc));
  *n = (size_t)rc;
  return EXIT_DONE;
}

static uint64_t swap_memory(const struct image *im) {
  struct manifest_record r;
  return manifest_find(im->records, MANIFEST_MEMORY, &r) && r.length == 8 ? bytes_le64(r.bytes) : 0;
}

/* A path of the manifest; false: it has none. */
static bool swap_path(const struct image *im, enum manifest_tag tag, char path[LIMIT_PATH]) {
  struct manifest_record r;
  if (!manifest_find(im->records, tag, &r) || r.length >= LIMIT_PATH) return false;
  memcpy(path, r.bytes, r.length);
  path[r.length] = 0;
  return true;
}

static int swap_check(const struct say *say, const struct image *im, const struct tree *t) {
  char path[LIMIT_PATH];
  if (!swap_path(im, MANIFEST_PROGRAM, path))
    return say_error(say, EXIT_DAMAGED, "%s: its manifest names no program", say_name(im->name).text);
  int status = program_check(t, say, path, im->elf.machine);
  if (status != EXIT_DONE) return status;
  if (swap_path(im, MANIFEST_CWD, path)) program_expect(t, say, "the working directory", path, true);
  if (swap_path(im, MANIFEST_STDIN, path) && path[0] == '/') program_expect(t, say, "standard input", path, false);
  return EXIT_DONE;
}

static int swap_write(const struct say *say, const struct image *im, const struct tree *t, const struct recipe *recipe,
                      const char *target, mode_t mode) {
  uint8_t *manifest;
  size_t n = 0;
  int status = swap_manifest(say, im, recipe, &manifest, &n);
  struct build b = {.say = say,
                    .base = im,
                    .tree = t,
                    .recipe = recipe,
                    .manifest = manifest,
                    .manifest_bytes = n,
                    .memory = swap_memory(im),
                    .mode = mode};
  if (status == EXIT_DONE) status = build_image(&b, target);
  if (status == EXIT_DONE) build_report(&b, target);
  free(manifest);
  return status;
}

/* Where the result goes: through symbolic links to the image itself, which keeps its mode. */
static int swap_target(const struct call *c, char target[PATH_MAX], mode_t *mode) {
  struct stat st;
  const char *out = call_option(c, "output");
  *mode = 0;
  if (out != NULL && strlen(out) >= PATH_MAX)
    return say_error(&c->say, EXIT_USAGE, "%s: the path is too long", say_name(out).text);
  if (out != NULL) {
    memcpy(target, out, strlen(out) + 1);
    return EXIT_DONE;
  }
  if (realpath(c->operand[0], target) == NULL || stat(target, &st) != 0)
    return say_errno(&c->say, c->operand[0], "cannot open", errno);
  *mode = st.st_mode & 07777;
  return EXIT_DONE;
}

static int swap_image(const struct call *c, const struct image *im, const char *target, mode_t mode) {
  struct recipe recipe;
  struct tree t = {.root_fd = -1, .spool_fd = -1};
  int status = recipe_of_image(&recipe, &c->say, im);
  if (status == EXIT_DONE) status = recipe_clamp(&recipe, &c->say);
  if (status == EXIT_DONE) status = tree_load(&t, &c->say, c->operand[1], &recipe);
  if (status == EXIT_DONE) status = swap_check(&c->say, im, &t);
  if (status == EXIT_DONE) status = swap_write(&c->say, im, &t, &recipe, target, mode);
  tree_drop(&t);
  recipe_drop(&recipe);
  return status;
}

static int swap_run(struct call *c) {
  struct image im;
  char target[PATH_MAX];
  mode_t mode;
  int status = swap_target(c, target, &mode);
  if (status == EXIT_DONE) status = image_open(&im, &c->say, c->operand[0]);
  if (status != EXIT_DONE) return status;
  if (im.kind == IMAGE_PACKED)
    status = swap_image(c, &im, target, mode);
  else
    status = say_error(&c->say, EXIT_USAGE, "%s: not a finished image; mkimage app.cfg ROOTFS makes one",
                       say_name(im.name).text);
  image_close(&im);
  return status;
}

const struct verb verb_swap = {.name = "swap",
                               .operands = "IMAGE ROOTFS",
                               .summary = "Replaces the rootfs of a finished image",
                               .options = swap_options,
                               .operands_min = 2,
                               .operands_max = 2,
                               .run = swap_run};
