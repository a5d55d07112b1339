/* mkimage/config/recipe.h - how a rootfs becomes a tree: owner, exclude, include, files, mtime, and how it is packed.
 *
 * Read from app.cfg, stored in the manifest (tag RECIPE), and applied again by
 * swap and verify.  Content of `source` files is not stored twice: the record
 * keeps its digest, and the content is taken from the archive of the image.
 */
#ifndef MKIMAGE_RECIPE_H
#define MKIMAGE_RECIPE_H

#include "formats/digest.h"
#include "mkimage/image/image.h"
#include "mkimage/lib/pool.h"
#include "mkimage/lib/say.h"

/* One entry of `files`.  Type 0 in mode: the entry changes one that the rootfs has. */
struct recipe_file {
  const char *path; /* clean: "a/b", "." for the root */
  uint32_t mode;    /* type and bits */
  bool has_mode;    /* bits were given */
  bool has_owner, has_mtime;
  uint32_t uid, gid;
  int64_t mtime;
  const char *target;           /* of a symlink */
  uint32_t major, minor;        /* of a device */
  const uint8_t *content;       /* of a file; NULL for a source whose content is not loaded */
  uint64_t size;                /* of the content */
  const char *source;           /* where the content came from; NULL: inline */
  const char *host;             /* and the path it was read from just now; NULL: it was not */
  uint64_t source_size;         /* of a source's content, also when it is not loaded */
  uint8_t digest[DIGEST_BYTES]; /* SHA-256 of a source's content */
};

/* What the archive is: newc; pax; or newc unless something needs pax. */
enum recipe_format { RECIPE_NEWC, RECIPE_PAX, RECIPE_AUTO };

struct recipe {
  bool keep_owner; /* owner = "keep" */
  uint32_t uid, gid;
  bool has_mtime, has_clamp; /* clamp: from SOURCE_DATE_EPOCH */
  int64_t mtime, clamp;
  uint32_t codec, level; /* enum codec_id */
  uint32_t check;        /* enum digest_kind */
  uint32_t format;       /* enum recipe_format */
  bool has_xattrs; /* told which extended attributes are packed, by patterns of their names; else the usual ones */
  const char **exclude, **include, **xattr;
  size_t excludes, includes, xattrs;
  struct recipe_file *file;
  size_t files;
  const char *arch; /* of the machine, for a rootfs that has several ("amd64", the default); not in the record */
  struct pool pool; /* holds all of the above */
};

/* "newc", "pax", "auto".  False: another word. */
bool recipe_format_by_name(const char *name, uint32_t *format);

/* Is the extended attribute of this name among those to be packed? */
bool recipe_wants_xattr(const struct recipe *r, const char *name);

/* Defaults: 0:0, newc, lz4 level 9, xxh3. */
void recipe_start(struct recipe *r);
void recipe_drop(struct recipe *r);

/* Adds a pattern, or a file whose fields the caller fills in.  NULL/false: no memory. */
bool recipe_add_exclude(struct recipe *r, const char *pattern);
bool recipe_add_include(struct recipe *r, const char *pattern);
bool recipe_add_xattr(struct recipe *r, const char *pattern);
struct recipe_file *recipe_add_file(struct recipe *r);

/* The record's bytes, in *bytes (from malloc).  0 or ERR_NOMEM. */
int recipe_encode(const struct recipe *r, uint8_t **bytes, size_t *n);

/* Reads a record; strings are copied.  0 or the flaw's code. */
int recipe_decode(struct recipe *r, const uint8_t *bytes, size_t n, struct flaw *flaw);

/* The CPU of a platform, "kvm-x86_64", in the words of container images: "amd64". */
const char *recipe_arch(const char *platform);

/* The recipe of a finished image, contents of its sources taken from its archives (their digests checked).
 * EXIT_DONE or the status with the error said; drop it in either case. */
int recipe_of_image(struct recipe *r, const struct say *say, const struct image *im);

/* The clamp of the environment's SOURCE_DATE_EPOCH goes into the recipe.  EXIT_DONE, or EXIT_USAGE with the error said.
 */
int recipe_clamp(struct recipe *r, const struct say *say);

#endif
