/* mkimage/config/recipe_image.c - the recipe of a finished image, with the contents of its sources. */
#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "formats/archive.h"
#include "formats/err.h"
#include "formats/limits.h"
#include "formats/path.h"
#include "mkimage/config/recipe.h"

/* --- sources ------------------------------------------------------------------------ */

static int source_compare(const void *a, const void *b) {
  return strcmp((*(struct recipe_file *const *)a)->path, (*(struct recipe_file *const *)b)->path);
}

/* The files of the recipe whose content lies in the image's archive, sorted by path. */
static struct recipe_file **source_list(struct recipe *r, size_t *n) {
  struct recipe_file **list = calloc(r->files + 1, sizeof(struct recipe_file *));
  *n = 0;
  for (size_t i = 0; list != NULL && i < r->files; i++)
    if (r->file[i].source != NULL) list[(*n)++] = &r->file[i];
  if (list != NULL) qsort(list, *n, sizeof(struct recipe_file *), source_compare);
  return list;
}

/* Takes the content when it is the one that was meant; an archive may hold the name more than once. */
static bool source_take(struct recipe *r, struct recipe_file *f, const uint8_t *bytes, uint64_t size) {
  uint8_t digest[DIGEST_BYTES];
  if (size != f->source_size || f->content != NULL) return true;
  digest_over(DIGEST_SHA256, bytes, size, digest);
  if (memcmp(digest, f->digest, DIGEST_BYTES) != 0) return true;
  f->content = (const uint8_t *)pool_copy(&r->pool, bytes, size);
  f->size = size;
  return f->content != NULL;
}

static int source_entry(struct recipe *r, struct recipe_file **list, size_t n, struct archive *a, const struct entry *e,
                        struct flaw *flaw) {
  char clean[LIMIT_PATH];
  struct recipe_file key, *wanted = &key;
  const uint8_t *bytes;
  if ((e->mode & MODE_TYPE) != MODE_FILE || path_clean(e->name, e->name_len, clean, sizeof clean) < 0) return 0;
  key.path = clean;
  struct recipe_file **found = bsearch(&wanted, list, n, sizeof(struct recipe_file *), source_compare);
  if (found == NULL) return 0;
  while (found > list && strcmp(found[-1]->path, clean) == 0) found--;
  int rc = archive_data(a, e, &bytes);
  for (; rc >= 0 && found < list + n && strcmp((*found)->path, clean) == 0; found++)
    if (!source_take(r, *found, bytes, e->size)) return flaw_set(flaw, ERR_NOMEM, FLAW_NOWHERE, "no memory");
  return rc < 0 ? rc : 0;
}

static int source_archive(struct recipe *r, struct recipe_file **list, size_t n, const uint8_t *bytes, uint64_t size,
                          struct flaw *flaw) {
  struct stream in = stream_over(bytes, size);
  struct archive a;
  struct entry e;
  int rc = archive_open(&a, &in, 0);
  while (rc >= 0 && (rc = archive_next(&a, &e)) > 0) rc = source_entry(r, list, n, &a, &e, flaw);
  if (rc < 0 && flaw->code == 0) *flaw = a.flaw;
  return rc;
}

static int source_load(struct recipe *r, const struct image *im, struct flaw *flaw) {
  size_t n;
  struct recipe_file **list = source_list(r, &n);
  int rc = list == NULL ? flaw_set(flaw, ERR_NOMEM, FLAW_NOWHERE, "no memory") : 0;
  for (unsigned i = 0; rc >= 0 && n > 0 && i < im->header.archives; i++) {
    uint8_t *bytes;
    rc = image_unpack(im, i, &bytes, flaw);
    if (rc >= 0) rc = source_archive(r, list, n, bytes, im->header.archive[i].unpacked, flaw);
    image_release(bytes, im->header.archive[i].unpacked);
  }
  free(list);
  return rc;
}

/* A later entry of the recipe may have replaced an earlier one: only what decides needs its content. */
static const struct recipe_file *source_missing(struct recipe *r) {
  for (size_t i = 0; i < r->files; i++) {
    struct recipe_file *f = &r->file[i];
    if (f->source == NULL || f->content != NULL) continue;
    bool replaced = false;
    for (size_t k = i + 1; k < r->files && !replaced; k++)
      replaced = (r->file[k].mode & MODE_TYPE) != 0 && strcmp(r->file[k].path, f->path) == 0;
    if (!replaced) return f;
    f->content = (const uint8_t *)"";
  }
  return NULL;
}

/* --- the machine it is for ---------------------------------------------------------------- */

const char *recipe_arch(const char *platform) {
  static const char *const known[][2] = {{"x86_64", "amd64"}, {"aarch64", "arm64"}, {"riscv64", "riscv64"}};
  const char *dash = strrchr(platform, '-');
  for (size_t i = 0; dash != NULL && i < sizeof known / sizeof known[0]; i++)
    if (strcmp(dash + 1, known[i][0]) == 0) return known[i][1];
  return known[0][1];
}

static bool recipe_machine(struct recipe *r, const struct image *im) {
  struct manifest_record record;
  if (!manifest_find(im->records, MANIFEST_PLATFORM, &record)) return true;
  const char *platform = pool_copy(&r->pool, record.bytes, record.length);
  if (platform != NULL) r->arch = recipe_arch(platform);
  return platform != NULL;
}

/* --- the recipe ------------------------------------------------------------------------- */

int recipe_of_image(struct recipe *r, const struct say *say, const struct image *im) {
  struct manifest_record record;
  struct flaw flaw = {0};
  recipe_start(r);
  if (im->kind != IMAGE_PACKED || !manifest_find(im->records, MANIFEST_RECIPE, &record))
    return say_error(say, EXIT_USAGE, "%s: holds no packing recipe", say_name(im->name).text);
  int rc = recipe_decode(r, record.bytes, record.length, &flaw);
  if (rc >= 0 && !recipe_machine(r, im)) rc = flaw_set(&flaw, ERR_NOMEM, FLAW_NOWHERE, "no memory");
  if (rc >= 0) rc = source_load(r, im, &flaw);
  if (rc < 0) return say_flaw(say, im->name, &flaw);
  const struct recipe_file *f = source_missing(r);
  if (f == NULL) return EXIT_DONE;
  return say_error(say, EXIT_DAMAGED, "%s: the content of '%s' is not in it as the packing recipe has it",
                   say_name(im->name).text, say_name(f->path).text);
}

int recipe_clamp(struct recipe *r, const struct say *say) {
  const char *text = getenv("SOURCE_DATE_EPOCH");
  char *end;
  if (text == NULL || *text == 0) return EXIT_DONE;
  long long value = strtoll(text, &end, 10);
  if (!isdigit((unsigned char)text[0]) || *end != 0 || value > (long long)UINT32_MAX)
    return say_error(say, EXIT_USAGE, "SOURCE_DATE_EPOCH must be a number from 0 to 4294967295, not '%s'",
                     say_name(text).text);
  r->has_clamp = true;
  r->clamp = value;
  return EXIT_DONE;
}
