/* mkimage/tree/tree_box.c - the files of a container image: found, checked, read.  See tree_box.h. */
#include "mkimage/tree/tree_box.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "mkimage/tree/program.h"
#include "mkimage/tree/tree_feed.h"
#include "mkimage/tree/tree_parts.h"

#define BOX_SHA256 "sha256:"

int box_error(const struct box *b, int status, const char *file, const char *format, ...) {
  char text[2048];
  va_list args;
  va_start(args, format);
  vsnprintf(text, sizeof text, format, args);
  va_end(args);
  return say_error(b->say, status, "%s: %s: %s", say_name(b->name).text, say_name(file).text, text);
}

const char *box_text(const json_t *object, const char *key) { return json_string_value(json_object_get(object, key)); }

void box_list(char list[BOX_LIST], const char *text) {
  size_t used = strlen(list), front = used > 0 ? 2 : 0;
  struct say_name name = say_name(text);
  size_t len = strlen(name.text);
  if (len >= BOX_LIST - used - front || strstr(list, name.text) != NULL) return;
  memcpy(list + used, ", ", front);
  memcpy(list + used + front, name.text, len + 1);
}

const struct tree_inode *box_find(const struct box *b, const char *path) {
  int why;
  const struct tree_name *name = program_find(b->files, path, &why);
  return name != NULL && S_ISREG(name->inode->mode) ? name->inode : NULL;
}

/* --- descriptors -------------------------------------------------------------------- */

/* 64 lower-case hex digits: nothing else becomes part of a path. */
static bool box_is_hex(const char *text) {
  return strlen(text) == BOX_HEX && strspn(text, "0123456789abcdef") == BOX_HEX;
}

int box_descriptor(const struct box *b, const char *file, const json_t *d, struct box_blob *blob) {
  const char *digest = box_text(d, "digest");
  const json_t *size = json_object_get(d, "size");
  if (digest == NULL || !json_is_integer(size) || json_integer_value(size) < 0)
    return box_error(b, EXIT_DAMAGED, file, "a descriptor without digest or size");
  if (strncmp(digest, "sha512:", 7) == 0)
    return box_error(b, EXIT_UNFIT, file, "the digest '%s' is not checked here: only sha256 is", say_name(digest).text);
  if (strncmp(digest, BOX_SHA256, strlen(BOX_SHA256)) != 0 || !box_is_hex(digest + strlen(BOX_SHA256)))
    return box_error(b, EXIT_DAMAGED, file, "'%s' is no digest", say_name(digest).text);
  memcpy(blob->hex, digest + strlen(BOX_SHA256), sizeof blob->hex);
  snprintf(blob->path, sizeof blob->path, "blobs/sha256/%s", blob->hex);
  blob->size = (uint64_t)json_integer_value(size);
  return EXIT_DONE;
}

/* --- blobs ----------------------------------------------------------------------------- */

static void box_hex(const uint8_t digest[DIGEST_BYTES], char hex[BOX_HEX + 1]) {
  for (unsigned i = 0; i < DIGEST_BYTES; i++) snprintf(hex + 2 * i, 3, "%02x", digest[i]);
}

/* Found, of the right size, and open; what is read of it is digested. */
static int box_open(const struct box *b, const struct box_blob *blob, struct feed *feed) {
  const struct tree_inode *n = box_find(b, blob->path);
  if (n == NULL) return box_error(b, EXIT_DAMAGED, blob->path, "is not in it");
  if (blob->size != UINT64_MAX && n->size != blob->size)
    return box_error(b, EXIT_DAMAGED, blob->path, "has %llu bytes, and its descriptor says %llu",
                     (unsigned long long)n->size, (unsigned long long)blob->size);
  int status = feed_of_inode(feed, b->say, blob->path, b->files, n);
  feed->digests = blob->hex[0] != 0;
  return status;
}

/* After all that was wanted has been read.  Whatever else was wrong, a wrong digest is the cause. */
static int box_check(const struct box *b, const struct box_blob *blob, struct feed *feed) {
  uint8_t digest[DIGEST_BYTES];
  char hex[BOX_HEX + 1];
  if (!feed->digests) return EXIT_DONE;
  int status = feed_digest(feed, digest);
  if (status != EXIT_DONE) return status;
  box_hex(digest, hex);
  if (strcmp(hex, blob->hex) == 0) return EXIT_DONE;
  return box_error(b, EXIT_DAMAGED, blob->path, "is damaged: its SHA-256 is %s, and %s was expected", hex, blob->hex);
}

static int box_slurp(struct feed *feed, char *bytes, size_t room, size_t *have) {
  const uint8_t *from;
  size_t n = 1;
  int status = EXIT_DONE;
  *have = 0;
  while (n > 0 && (status = feed_next(feed, &from, &n)) == EXIT_DONE && n <= room - *have) {
    memcpy(bytes + *have, from, n);
    *have += n;
  }
  return status;
}

int box_json(const struct box *b, const struct box_blob *blob, json_t **out) {
  json_error_t why;
  size_t n = 0;
  struct feed *feed = calloc(1, sizeof *feed);
  char *bytes = malloc(BOX_JSON_MAX);
  *out = NULL;
  const struct tree_inode *inode = box_find(b, blob->path);
  int status = feed == NULL || bytes == NULL ? tree_no_memory(b->t, b->say) : EXIT_DONE;
  if (status == EXIT_DONE && inode != NULL && inode->size > BOX_JSON_MAX)
    status = box_error(b, EXIT_UNFIT, blob->path, "larger than %s", say_size(BOX_JSON_MAX).text);
  if (status == EXIT_DONE) status = box_open(b, blob, feed);
  if (status == EXIT_DONE) status = box_slurp(feed, bytes, BOX_JSON_MAX, &n);
  if (status == EXIT_DONE) status = box_check(b, blob, feed);
  if (status == EXIT_DONE && (*out = json_loadb(bytes, n, JSON_REJECT_DUPLICATES, &why)) == NULL)
    status = box_error(b, EXIT_DAMAGED, blob->path, "line %d: %s", why.line, say_name(why.text).text);
  if (feed != NULL) feed_close(feed);
  free(feed);
  free(bytes);
  return status;
}

int box_layer(const struct box *b, const struct box_blob *blob, uint32_t number, const char *diff_id) {
  struct feed *feed = calloc(1, sizeof *feed);
  if (feed == NULL) return tree_no_memory(b->t, b->say);
  int status = box_open(b, blob, feed);
  if (status == EXIT_DONE) {
    status = tree_load_layer(b->t, b->say, feed, number, diff_id);
    int check = box_check(b, blob, feed);
    if (check != EXIT_DONE)
      status = check;
    else if (status != EXIT_DONE)
      box_error(b, status, blob->path, "layer %u cannot be unpacked", number);
  }
  feed_close(feed);
  free(feed);
  return status;
}
