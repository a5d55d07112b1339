/* mkimage/config/recipe.c - the recipe in memory and as a record of the manifest: see recipe.h.
 *
 * The record is a list of items: tag u16, zero u16, length u32, that many
 * bytes; all little-endian.  docs/format.md has the tags.
 */
#include "mkimage/config/recipe.h"

#include <fnmatch.h>
#include <stdlib.h>
#include <string.h>

#include "formats/bytes.h"
#include "formats/codec.h"
#include "formats/err.h"
#include "formats/path.h"
#include "mkimage/compress/compress.h"

/* X(item, number, bytes; -1: any) */
#define RECIPE_ITEMS(X)                                                                                                \
  X(OWNER, 1, 8)                                                                                                       \
  X(KEEP, 2, 0)                                                                                                        \
  X(MTIME, 3, 8)                                                                                                       \
  X(CLAMP, 4, 8)                                                                                                       \
  X(COMPRESS, 5, 8)                                                                                                    \
  X(CHECK, 6, 4)                                                                                                       \
  X(EXCLUDE, 7, -1)                                                                                                    \
  X(INCLUDE, 8, -1)                                                                                                    \
  X(FORMAT, 9, 4)                                                                                                      \
  X(XATTR, 10, -1)                                                                                                     \
  X(FILE, 16, -1)                                                                                                      \
  X(TYPE, 17, 4)                                                                                                       \
  X(BITS, 18, 4)                                                                                                       \
  X(FILE_OWNER, 19, 8)                                                                                                 \
  X(FILE_MTIME, 20, 8)                                                                                                 \
  X(CONTENT, 21, -1)                                                                                                   \
  X(SOURCE, 22, -1)                                                                                                    \
  X(TARGET, 23, -1)                                                                                                    \
  X(DEVICE, 24, 8)

#define RECIPE_ENUM(item, number, bytes) RECIPE_##item = number,
enum { RECIPE_ITEMS(RECIPE_ENUM) };
#undef RECIPE_ENUM
enum { RECIPE_HEAD = 8, RECIPE_SOURCE_HEAD = 8 + DIGEST_BYTES, TYPE_MASK = 0170000 };

void recipe_start(struct recipe *r) { *r = (struct recipe){.codec = CODEC_LZ4, .level = 9, .check = DIGEST_XXH3}; }

void recipe_drop(struct recipe *r) {
  free(r->exclude);
  free(r->include);
  free(r->xattr);
  free(r->file);
  pool_drop(&r->pool);
  *r = (struct recipe){0};
}

static bool recipe_add_pattern(const char ***list, size_t *n, const char *pattern) {
  if ((*n & (*n + 1)) == 0) { /* at 0, 1, 3, 7, ...: doubled */
    const char **more = reallocarray(*list, *n * 2 + 1, sizeof *more);
    if (more == NULL) return false;
    *list = more;
  }
  (*list)[(*n)++] = pattern;
  return true;
}

bool recipe_add_exclude(struct recipe *r, const char *pattern) {
  return recipe_add_pattern(&r->exclude, &r->excludes, pattern);
}

bool recipe_add_include(struct recipe *r, const char *pattern) {
  return recipe_add_pattern(&r->include, &r->includes, pattern);
}

bool recipe_add_xattr(struct recipe *r, const char *pattern) {
  return recipe_add_pattern(&r->xattr, &r->xattrs, pattern);
}

static const char *const recipe_formats[] = {[RECIPE_NEWC] = "newc", [RECIPE_PAX] = "pax", [RECIPE_AUTO] = "auto"};
enum { RECIPE_FORMATS = sizeof recipe_formats / sizeof recipe_formats[0] };

bool recipe_format_by_name(const char *name, uint32_t *format) {
  for (*format = 0; *format < RECIPE_FORMATS; ++*format)
    if (strcmp(name, recipe_formats[*format]) == 0) return true;
  return false;
}

/* The usual ones are those that everybody can read: what root packs is what anybody packs. */
bool recipe_wants_xattr(const struct recipe *r, const char *name) {
  static const char *const usual[] = {"user.*", "security.capability", "system.posix_acl_*"};
  const char *const *list = r->has_xattrs ? r->xattr : usual;
  size_t n = r->has_xattrs ? r->xattrs : sizeof usual / sizeof usual[0];
  for (size_t i = 0; i < n; i++)
    if (fnmatch(list[i], name, FNM_NOESCAPE) == 0) return true;
  return false;
}

struct recipe_file *recipe_add_file(struct recipe *r) {
  if ((r->files & (r->files + 1)) == 0) {
    struct recipe_file *more = reallocarray(r->file, r->files * 2 + 1, sizeof *more);
    if (more == NULL) return NULL;
    r->file = more;
  }
  r->file[r->files] = (struct recipe_file){0};
  return &r->file[r->files++];
}

/* --- encode ------------------------------------------------------------------- */

/* With out NULL it only counts. */
struct recipe_writer {
  uint8_t *out;
  size_t used;
};

static void recipe_raw(struct recipe_writer *w, const void *bytes, size_t n) {
  if (w->out != NULL && n > 0) memcpy(w->out + w->used, bytes, n);
  w->used += n;
}

static void recipe_head(struct recipe_writer *w, unsigned item, size_t n) {
  uint8_t head[RECIPE_HEAD] = {0};
  bytes_put_le16(head, (uint16_t)item);
  bytes_put_le32(head + 4, (uint32_t)n);
  recipe_raw(w, head, sizeof head);
}

static void recipe_bytes(struct recipe_writer *w, unsigned item, const void *bytes, size_t n) {
  recipe_head(w, item, n);
  recipe_raw(w, bytes, n);
}

static void recipe_u32(struct recipe_writer *w, unsigned item, uint32_t a) {
  uint8_t raw[4];
  bytes_put_le32(raw, a);
  recipe_bytes(w, item, raw, sizeof raw);
}

static void recipe_u64(struct recipe_writer *w, unsigned item, uint64_t a) {
  uint8_t raw[8];
  bytes_put_le64(raw, a);
  recipe_bytes(w, item, raw, sizeof raw);
}

static void recipe_pair(struct recipe_writer *w, unsigned item, uint32_t a, uint32_t b) {
  recipe_u64(w, item, (uint64_t)b << 32 | a);
}

static void recipe_source(struct recipe_writer *w, const struct recipe_file *f) {
  uint8_t head[RECIPE_SOURCE_HEAD];
  bytes_put_le64(head, f->source_size);
  memcpy(head + 8, f->digest, DIGEST_BYTES);
  recipe_head(w, RECIPE_SOURCE, sizeof head + strlen(f->source));
  recipe_raw(w, head, sizeof head);
  recipe_raw(w, f->source, strlen(f->source));
}

static void recipe_file(struct recipe_writer *w, const struct recipe_file *f) {
  uint32_t type = f->mode & TYPE_MASK;
  recipe_bytes(w, RECIPE_FILE, f->path, strlen(f->path));
  recipe_u32(w, RECIPE_TYPE, type);
  if (f->has_mode) recipe_u32(w, RECIPE_BITS, f->mode & ~(uint32_t)TYPE_MASK);
  if (f->has_owner) recipe_pair(w, RECIPE_FILE_OWNER, f->uid, f->gid);
  if (f->has_mtime) recipe_u64(w, RECIPE_FILE_MTIME, (uint64_t)f->mtime);
  if (f->target != NULL) recipe_bytes(w, RECIPE_TARGET, f->target, strlen(f->target));
  if (f->source != NULL)
    recipe_source(w, f);
  else if (f->size > 0)
    recipe_bytes(w, RECIPE_CONTENT, f->content, f->size);
  if (type == 0020000 || type == 0060000) recipe_pair(w, RECIPE_DEVICE, f->major, f->minor);
}

static void recipe_all(struct recipe_writer *w, const struct recipe *r) {
  recipe_pair(w, RECIPE_OWNER, r->uid, r->gid);
  if (r->keep_owner) recipe_bytes(w, RECIPE_KEEP, NULL, 0);
  if (r->has_mtime) recipe_u64(w, RECIPE_MTIME, (uint64_t)r->mtime);
  if (r->has_clamp) recipe_u64(w, RECIPE_CLAMP, (uint64_t)r->clamp);
  recipe_pair(w, RECIPE_COMPRESS, r->codec, r->level);
  recipe_u32(w, RECIPE_CHECK, r->check);
  if (r->format != RECIPE_NEWC) recipe_u32(w, RECIPE_FORMAT, r->format);
  if (r->has_xattrs && r->xattrs == 0) recipe_bytes(w, RECIPE_XATTR, NULL, 0);
  for (size_t i = 0; i < r->xattrs; i++) recipe_bytes(w, RECIPE_XATTR, r->xattr[i], strlen(r->xattr[i]));
  for (size_t i = 0; i < r->excludes; i++) recipe_bytes(w, RECIPE_EXCLUDE, r->exclude[i], strlen(r->exclude[i]));
  for (size_t i = 0; i < r->includes; i++) recipe_bytes(w, RECIPE_INCLUDE, r->include[i], strlen(r->include[i]));
  for (size_t i = 0; i < r->files; i++) recipe_file(w, &r->file[i]);
}

int recipe_encode(const struct recipe *r, uint8_t **bytes, size_t *n) {
  struct recipe_writer w = {0};
  recipe_all(&w, r);
  w.out = malloc(w.used);
  if (w.out == NULL) return ERR_NOMEM;
  w.used = 0;
  recipe_all(&w, r);
  *bytes = w.out;
  *n = w.used;
  return 0;
}

/* --- decode ---------------------------------------------------------------------- */

struct recipe_item {
  unsigned tag;
  const uint8_t *bytes;
  size_t n;
};

static int recipe_item_length(unsigned tag) {
  switch (tag) {
#define RECIPE_LENGTH(item, number, bytes)                                                                             \
  case number:                                                                                                         \
    return bytes;
    RECIPE_ITEMS(RECIPE_LENGTH)
#undef RECIPE_LENGTH
  default:
    return -2;
  }
}

/* 1 with the next item, 0 at the end. */
static int recipe_next(struct cursor *c, struct recipe_item *item, struct flaw *flaw) {
  if (cursor_left(c) == 0) return 0;
  const uint8_t *head = cursor_take(c, RECIPE_HEAD);
  if (head == NULL) return flaw_set(flaw, ERR_CUT, FLAW_NOWHERE, "the packing recipe is cut short");
  item->tag = bytes_le16(head);
  item->n = bytes_le32(head + 4);
  item->bytes = cursor_take(c, item->n);
  if (item->bytes == NULL) return flaw_set(flaw, ERR_CUT, FLAW_NOWHERE, "the packing recipe is cut short");
  int length = recipe_item_length(item->tag);
  if (length == -2)
    return flaw_set(flaw, ERR_VERSION, FLAW_NOWHERE, "the packing recipe has an item this mkimage does not know");
  if (length >= 0 && (size_t)length != item->n)
    return flaw_set(flaw, ERR_SIZE, FLAW_NOWHERE, "an item of the packing recipe has a wrong size");
  return 1;
}

/* The item as a string without NULs, or NULL with the flaw set. */
static const char *recipe_string(struct recipe *r, const uint8_t *bytes, size_t n, struct flaw *flaw) {
  if (memchr(bytes, 0, n) != NULL) {
    flaw_set(flaw, ERR_NAME, FLAW_NOWHERE, "a string of the packing recipe holds a NUL");
    return NULL;
  }
  const char *copy = pool_copy(&r->pool, bytes, n);
  if (copy == NULL) flaw_set(flaw, ERR_NOMEM, FLAW_NOWHERE, "no memory for the packing recipe");
  return copy;
}

static int recipe_read_file(struct recipe *r, const struct recipe_item *it, struct flaw *flaw) {
  char clean[LIMIT_PATH];
  if (path_clean((const char *)it->bytes, it->n, clean, sizeof clean) < 0)
    return flaw_set(flaw, ERR_NAME, FLAW_NOWHERE, "the packing recipe names an unsafe path");
  struct recipe_file *f = recipe_add_file(r);
  if (f != NULL) f->path = recipe_string(r, (const uint8_t *)clean, strlen(clean), flaw);
  return f != NULL && f->path != NULL ? 0 : flaw_set(flaw, ERR_NOMEM, FLAW_NOWHERE, "no memory for the packing recipe");
}

static int recipe_read_source(struct recipe *r, struct recipe_file *f, const struct recipe_item *it,
                              struct flaw *flaw) {
  if (it->n < RECIPE_SOURCE_HEAD)
    return flaw_set(flaw, ERR_SIZE, FLAW_NOWHERE, "an item of the packing recipe has a wrong size");
  f->source_size = bytes_le64(it->bytes);
  memcpy(f->digest, it->bytes + 8, DIGEST_BYTES);
  f->source = recipe_string(r, it->bytes + RECIPE_SOURCE_HEAD, it->n - RECIPE_SOURCE_HEAD, flaw);
  return f->source != NULL ? 0 : flaw->code;
}

static int recipe_read_content(struct recipe *r, struct recipe_file *f, const struct recipe_item *it,
                               struct flaw *flaw) {
  f->content = (const uint8_t *)pool_copy(&r->pool, it->bytes, it->n);
  f->size = it->n;
  return f->content != NULL ? 0 : flaw_set(flaw, ERR_NOMEM, FLAW_NOWHERE, "no memory for the packing recipe");
}

/* An item that belongs to the file begun last. */
static int recipe_read_of_file(struct recipe *r, const struct recipe_item *it, struct flaw *flaw) {
  const uint8_t *p = it->bytes;
  if (r->files == 0) return flaw_set(flaw, ERR_LAYOUT, FLAW_NOWHERE, "the packing recipe is out of order");
  struct recipe_file *f = &r->file[r->files - 1];
  switch (it->tag) {
  case RECIPE_TYPE:
    f->mode |= bytes_le32(p) & TYPE_MASK;
    return 0;
  case RECIPE_BITS:
    f->mode |= bytes_le32(p) & 07777, f->has_mode = true;
    return 0;
  case RECIPE_FILE_OWNER:
    f->uid = bytes_le32(p), f->gid = bytes_le32(p + 4), f->has_owner = true;
    return 0;
  case RECIPE_FILE_MTIME:
    f->mtime = (int64_t)bytes_le64(p), f->has_mtime = true;
    return 0;
  case RECIPE_DEVICE:
    f->major = bytes_le32(p), f->minor = bytes_le32(p + 4);
    return 0;
  case RECIPE_TARGET:
    f->target = recipe_string(r, p, it->n, flaw);
    return f->target != NULL ? 0 : flaw->code;
  case RECIPE_SOURCE:
    return recipe_read_source(r, f, it, flaw);
  default:
    return recipe_read_content(r, f, it, flaw);
  }
}

static int recipe_read_pattern(struct recipe *r, const struct recipe_item *it, struct flaw *flaw) {
  const char *pattern = recipe_string(r, it->bytes, it->n, flaw);
  if (pattern == NULL) return flaw->code;
  bool ok = it->tag == RECIPE_EXCLUDE ? recipe_add_exclude(r, pattern) : recipe_add_include(r, pattern);
  return ok ? 0 : flaw_set(flaw, ERR_NOMEM, FLAW_NOWHERE, "no memory for the recipe");
}

/* An empty one: there are none. */
static int recipe_read_xattr(struct recipe *r, const struct recipe_item *it, struct flaw *flaw) {
  r->has_xattrs = true;
  if (it->n == 0) return 0;
  const char *pattern = recipe_string(r, it->bytes, it->n, flaw);
  if (pattern == NULL) return flaw->code;
  return recipe_add_xattr(r, pattern) ? 0 : flaw_set(flaw, ERR_NOMEM, FLAW_NOWHERE, "no memory for the recipe");
}

static int recipe_read_item(struct recipe *r, const struct recipe_item *it, struct flaw *flaw) {
  const uint8_t *p = it->bytes;
  switch (it->tag) {
  case RECIPE_OWNER:
    r->uid = bytes_le32(p), r->gid = bytes_le32(p + 4);
    return 0;
  case RECIPE_KEEP:
    r->keep_owner = true;
    return 0;
  case RECIPE_MTIME:
    r->mtime = (int64_t)bytes_le64(p), r->has_mtime = true;
    return 0;
  case RECIPE_CLAMP:
    r->clamp = (int64_t)bytes_le64(p), r->has_clamp = true;
    return 0;
  case RECIPE_COMPRESS:
    r->codec = bytes_le32(p), r->level = bytes_le32(p + 4);
    return 0;
  case RECIPE_CHECK:
    r->check = bytes_le32(p);
    return 0;
  case RECIPE_EXCLUDE:
  case RECIPE_INCLUDE:
    return recipe_read_pattern(r, it, flaw);
  case RECIPE_FORMAT:
    r->format = bytes_le32(p);
    return r->format < RECIPE_FORMATS
               ? 0
               : flaw_set(flaw, ERR_VERSION, FLAW_NOWHERE, "the packing recipe asks for a format unknown here");
  case RECIPE_XATTR:
    return recipe_read_xattr(r, it, flaw);
  case RECIPE_FILE:
    return recipe_read_file(r, it, flaw);
  default:
    return recipe_read_of_file(r, it, flaw);
  }
}

static int recipe_check_files(const struct recipe *r, struct flaw *flaw) {
  for (size_t i = 0; i < r->files; i++)
    if ((r->file[i].mode & TYPE_MASK) == 0120000 && r->file[i].target == NULL)
      return flaw_set(flaw, ERR_LAYOUT, FLAW_NOWHERE, "the packing recipe has a symbolic link without target");
  return 0;
}

int recipe_decode(struct recipe *r, const uint8_t *bytes, size_t n, struct flaw *flaw) {
  struct cursor c = cursor_over(bytes, n);
  struct recipe_item item = {0};
  int rc;
  recipe_start(r);
  while ((rc = recipe_next(&c, &item, flaw)) > 0)
    if ((rc = recipe_read_item(r, &item, flaw)) < 0) return rc;
  if (rc == 0 && (!digest_known(r->check) || !compress_knows((enum codec_id)r->codec, r->level)))
    rc = flaw_set(flaw, ERR_VERSION, FLAW_NOWHERE, "the packing recipe asks for a codec or digest unknown here");
  return rc < 0 ? rc : recipe_check_files(r, flaw);
}
