/* mkimage/pack/rebuild.c - the manifest written anew, then build_image over the image's own kernel: see rebuild.h. */
#include "mkimage/pack/rebuild.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "formats/bytes.h"
#include "formats/err.h"
#include "mkimage/look/look.h"
#include "mkimage/pack/build.h"
#include "mkimage/pack/report.h"
#include "mkimage/tree/program.h"

/* --- from where, to where ----------------------------------------------------------- */

int rebuild_target(struct rebuild_target *t, const struct say *say, const char *image, const char *out) {
  struct stat st;
  t->mode = 0;
  t->name = out != NULL ? out : image;
  if (out != NULL && strlen(out) >= sizeof t->path)
    return say_error(say, EXIT_USAGE, "%s: the path is too long", say_name(out).text);
  if (out != NULL) {
    memcpy(t->path, out, strlen(out) + 1);
    return EXIT_DONE;
  }
  if (strcmp(image, "-") == 0)
    return say_error(say, EXIT_USAGE, "an image from standard input cannot be changed in its place: -o OUT, or -o -");
  if (realpath(image, t->path) == NULL || stat(t->path, &st) != 0) return say_errno(say, image, "cannot open", errno);
  t->mode = st.st_mode & 07777;
  return EXIT_DONE;
}

int rebuild_finished(const struct image *im, const struct say *say) {
  if (im->kind == IMAGE_PACKED) return EXIT_DONE;
  return say_error(say, EXIT_USAGE, "%s: not a finished image; mkimage app.cfg ROOTFS makes one",
                   say_name(im->name).text);
}

int rebuild_open(struct image *im, const struct say *say, const char *path) {
  struct look l;
  int status = look_open(&l, say, path);
  *im = l.im;
  if (status == EXIT_DONE) status = rebuild_finished(im, say);
  if (status != EXIT_DONE) look_close(&l);
  return status;
}

/* --- the manifest --------------------------------------------------------------------- */

/* Every record of the old manifest, but our own two, which are written anew. */
static int rebuild_records(struct manifest_writer *w, struct cursor records, const uint8_t *recipe, size_t n) {
  struct manifest_record r;
  int rc = 0;
  while (rc >= 0 && manifest_next(&records, &r)) {
    if (r.tag == MANIFEST_RECIPE && recipe != NULL)
      rc = manifest_add(w, MANIFEST_RECIPE, recipe, n);
    else if (r.tag == MANIFEST_TOOL)
      rc = manifest_add(w, MANIFEST_TOOL, TAPROOT_VERSION, strlen(TAPROOT_VERSION));
    else
      rc = manifest_add(w, (enum manifest_tag)r.tag, r.bytes, r.length);
  }
  return rc >= 0 ? manifest_close(w) : rc;
}

int rebuild_manifest(const struct say *say, const struct image *im, const struct recipe *recipe, uint8_t **bytes,
                     size_t *n) {
  struct manifest_writer w;
  uint8_t *raw = NULL;
  size_t raw_bytes = 0;
  *bytes = NULL;
  if (recipe != NULL && recipe_encode(recipe, &raw, &raw_bytes) < 0) return say_error(say, EXIT_USAGE, "out of memory");
  size_t room = bytes_round_up(im->manifest_part.size + manifest_record_bytes(raw_bytes) + 64, LIMIT_PAGE);
  *bytes = calloc(1, room);
  int rc = *bytes != NULL ? manifest_begin(&w, *bytes, room) : ERR_NOMEM;
  if (rc >= 0) rc = rebuild_records(&w, im->records, raw, raw_bytes);
  free(raw);
  if (rc < 0) return say_error(say, EXIT_USAGE, "the manifest cannot be written: %s", err_sentence(rc));
  *n = (size_t)rc;
  return EXIT_DONE;
}

/* --- the program -------------------------------------------------------------------------- */

/* A path of the manifest; false: it has none. */
static bool rebuild_path(const struct image *im, enum manifest_tag tag, char path[LIMIT_PATH]) {
  struct manifest_record r;
  if (!manifest_find(im->records, tag, &r) || r.length >= LIMIT_PATH) return false;
  memcpy(path, r.bytes, r.length);
  path[r.length] = 0;
  return true;
}

int rebuild_check(const struct say *say, const struct image *im, const struct tree *t) {
  char path[LIMIT_PATH];
  if (!rebuild_path(im, MANIFEST_PROGRAM, path))
    return say_error(say, EXIT_DAMAGED, "%s: its manifest names no program", say_name(im->name).text);
  int status = program_check(t, say, path, im->elf.machine);
  if (status != EXIT_DONE) return status;
  if (rebuild_path(im, MANIFEST_CWD, path)) program_expect(t, say, "the working directory", path, true);
  if (rebuild_path(im, MANIFEST_STDIN, path) && path[0] == '/') program_expect(t, say, "standard input", path, false);
  return EXIT_DONE;
}

uint64_t rebuild_memory(const struct image *im) {
  struct manifest_record r;
  return manifest_find(im->records, MANIFEST_MEMORY, &r) && r.length == 8 ? bytes_le64(r.bytes) : 0;
}

/* --- the recipe after a change ---------------------------------------------------------------- */

static int rebuild_take(void *digest, const uint8_t *bytes, size_t n) {
  digest_add(digest, bytes, n);
  return 0;
}

/* The content of the tree becomes that of the row, unless it is the same; it is not stored twice, as a source's. */
static int rebuild_content(const struct say *say, const struct tree *t, const struct tree_inode *n,
                           struct recipe_file *f) {
  struct digest d;
  uint8_t sum[DIGEST_BYTES], known[DIGEST_BYTES];
  digest_start(&d, DIGEST_SHA256);
  int status = tree_read(t, say, n, rebuild_take, &d);
  if (status != EXIT_DONE) return status;
  digest_final(&d, sum);
  if (f->source != NULL)
    memcpy(known, f->digest, DIGEST_BYTES);
  else
    digest_over(DIGEST_SHA256, f->content, f->size, known);
  if (memcmp(sum, known, DIGEST_BYTES) == 0) return EXIT_DONE;
  if (f->source == NULL) f->source = f->path;
  f->source_size = n->size;
  memcpy(f->digest, sum, DIGEST_BYTES);
  return EXIT_DONE;
}

static int rebuild_recipe(const struct say *say, const struct tree *t, struct recipe *r) {
  size_t kept = 0;
  int status = EXIT_DONE;
  for (size_t i = 0; i < r->files && status == EXIT_DONE; i++) {
    struct recipe_file *f = &r->file[i];
    const struct tree_name *name = tree_find(t, f->path);
    bool makes = (f->mode & S_IFMT) != 0;
    if (makes && (name == NULL || (name->inode->mode & S_IFMT) != (f->mode & S_IFMT))) {
      say_detail(say, "'%s': no longer among the files of app.cfg that swap makes", say_name(f->path).text);
      continue;
    }
    if (makes && S_ISREG(f->mode)) status = rebuild_content(say, t, name->inode, f);
    r->file[kept++] = *f;
  }
  if (status == EXIT_DONE) r->files = kept;
  return status;
}

/* --- write ---------------------------------------------------------------------------------------- */

static int rebuild_write(const struct say *say, const struct image *im, const struct tree *t,
                         const struct recipe *recipe, const struct rebuild_target *target) {
  uint8_t *manifest;
  size_t n = 0;
  int status = rebuild_manifest(say, im, recipe, &manifest, &n);
  struct build b = {.say = say,
                    .base = im,
                    .tree = t,
                    .recipe = recipe,
                    .manifest = manifest,
                    .manifest_bytes = n,
                    .memory = rebuild_memory(im),
                    .mode = target->mode};
  if (status == EXIT_DONE) status = build_image(&b, target->path);
  if (status == EXIT_DONE) status = report_image(&b, target->name);
  free(manifest);
  return status;
}

int rebuild_swap(const struct say *say, const struct image *im, const struct tree *t, const struct recipe *recipe,
                 const struct rebuild_target *target) {
  int status = rebuild_check(say, im, t);
  return status == EXIT_DONE ? rebuild_write(say, im, t, recipe, target) : status;
}

int rebuild_image(const struct say *say, const struct image *im, struct tree *t, const struct rebuild_target *target) {
  struct recipe recipe;
  int status = recipe_of_image(&recipe, say, im);
  if (status == EXIT_DONE) status = rebuild_recipe(say, t, &recipe);
  if (status == EXIT_DONE) status = tree_format(t, say, &recipe);
  if (status == EXIT_DONE) status = rebuild_swap(say, im, t, &recipe, target);
  recipe_drop(&recipe);
  return status;
}
