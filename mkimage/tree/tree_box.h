/* mkimage/tree/tree_box.h - a container image as it lies in files: an OCI image layout, or what `docker save` writes.
 *
 * The files are a tree of their own, the box (a directory, or an archive that
 * has been read), so that no path leads out of it.  Its layers, one over the
 * other, become the rootfs; its configuration tells what to run.
 */
#ifndef MKIMAGE_TREE_BOX_H
#define MKIMAGE_TREE_BOX_H

#include <jansson.h>

#include "formats/digest.h"
#include "formats/limits.h"
#include "mkimage/tree/tree.h"

enum { BOX_JSON_MAX = 4 << 20, BOX_LAYERS_MAX = 4096, BOX_HEX = 2 * DIGEST_BYTES };

struct box {
  struct tree *files; /* sorted */
  struct tree *t;     /* what becomes of it */
  const struct say *say;
  const char *name; /* of the operand, for messages */
  const char *arch; /* of the machine, in the words of these formats: "amd64" */
};

/* What a file of the box must be: its SHA-256 as lower-case hex, and its size. */
struct box_blob {
  char path[LIMIT_PATH];
  char hex[BOX_HEX + 1]; /* "": unknown */
  uint64_t size;         /* UINT64_MAX: unknown */
};

/* Says "NAME: FILE: sentence" and returns the status. */
int box_error(const struct box *b, int status, const char *file, const char *format, ...)
    __attribute__((format(printf, 4, 5)));

/* "x" onto "a, b", escaped, once, as long as there is room. */
enum { BOX_LIST = 600 };
void box_list(char list[BOX_LIST], const char *text);

/* The file's inode, symbolic links followed inside the box; NULL: there is none, or it is no regular file. */
const struct tree_inode *box_find(const struct box *b, const char *path);

/* The blob of an OCI descriptor { digest, size }; `file` is where the descriptor stands. */
int box_descriptor(const struct box *b, const char *file, const json_t *d, struct box_blob *blob);

/* All of a small file as JSON, digest and size checked where they are known; json_decref it.  Duplicate keys and NULs
 * are refused. */
int box_json(const struct box *b, const struct box_blob *blob, json_t **out);

/* Puts one layer over the tree, digest and size checked where they are known; `number` counts from 1. */
int box_layer(const struct box *b, const struct box_blob *blob, uint32_t number, const char *diff_id);

/* Text of an object; NULL where there is none or it is of another type.  Never with a NUL inside. */
const char *box_text(const json_t *object, const char *key);

/* --- the formats ------------------------------------------------------------------- */

/* A layout: index.json, the image for b->arch of it. */
int box_oci(const struct box *b);

/* What docker save wrote before it wrote layouts: manifest.json. */
int box_docker(const struct box *b);

/* Is it one?  Files of other trees may have this name: something must be called after a digest, too. */
bool box_is_docker(const struct box *b);

/* The configuration of an image, checked: for b->arch, as many layers as there are; then what it runs is in
 * b->t->launch, and the digests of its unpacked layers as hex in `diff`, which has `layers` rows or is NULL. */
int box_config(const struct box *b, const char *file, const json_t *config, size_t layers, const char **diff);

#endif
