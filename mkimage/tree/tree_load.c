/* mkimage/tree/tree_load.c - a rootfs operand becomes a tree: what it is is told by its bytes. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "mkimage/lib/progress.h"
#include "mkimage/tree/tree_feed.h"
#include "mkimage/tree/tree_parts.h"

static int load_feed(struct tree *t, struct feed *feed) {
  const uint8_t *head;
  size_t n;
  int status = feed_peek(feed, 4, &head, &n);
  if (status != EXIT_DONE) return status;
  if (n == 4 && memcmp(head, "\177ELF", 4) == 0) return tree_load_image(t, feed->say, feed);
  return tree_load_archive(t, feed->say, feed, 0);
}

static int load_file(struct tree *t, const struct say *say, const char *path) {
  struct feed *feed = calloc(1, sizeof *feed);
  if (feed == NULL) return tree_no_memory(t, say);
  int status = feed_open(feed, say, path);
  if (status == EXIT_DONE) status = load_feed(t, feed);
  feed_close(feed);
  free(feed);
  return status;
}

static int load_any(struct tree *t, const struct say *say, const char *rootfs, const struct recipe *r) {
  struct stat st;
  if (!tree_root(t)) return tree_no_memory(t, say);
  if (strcmp(rootfs, "-") == 0) return load_file(t, say, NULL);
  if (stat(rootfs, &st) != 0) return say_errno(say, rootfs, "cannot open", errno);
  return S_ISDIR(st.st_mode) ? tree_load_directory(t, say, rootfs, r) : load_file(t, say, rootfs);
}

int tree_load(struct tree *t, const struct say *say, const char *rootfs, const struct recipe *r) {
  *t = (struct tree){.root_fd = -1, .spool_fd = -1};
  progress_start(say, "reading the rootfs", 0);
  int status = load_any(t, say, rootfs, r);
  progress_end(say);
  if (status == EXIT_DONE) status = tree_apply(t, say, r);
  if (status == EXIT_DONE) status = tree_finish(t, say);
  return status;
}
