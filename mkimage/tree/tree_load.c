/* mkimage/tree/tree_load.c - a rootfs operand becomes a tree: what it is is told by its bytes. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "formats/limits.h"
#include "mkimage/lib/progress.h"
#include "mkimage/tree/tree_box.h"
#include "mkimage/tree/tree_feed.h"
#include "mkimage/tree/tree_ignore.h"
#include "mkimage/tree/tree_parts.h"

/* --- container images ------------------------------------------------------------ */

static bool load_has(const struct tree *t, const char *path) {
  const struct tree_name *name = tree_find(t, path);
  return name != NULL && S_ISREG(name->inode->mode);
}

/* What has been read may be a container image as it lies in files: then its layers take its place. */
static int load_box(struct tree *t, const struct say *say, const char *name, const struct recipe *r, bool *is) {
  struct tree files = *t;
  struct box b = {.files = &files, .t = t, .say = say, .name = name, .arch = r->arch != NULL ? r->arch : "amd64"};
  tree_sort(&files);
  t->index = NULL;
  bool oci = load_has(&files, "oci-layout") && (load_has(&files, "index.json") || tree_find(&files, "blobs") != NULL);
  *is = oci || box_is_docker(&b);
  if (!*is) return EXIT_DONE;
  *t = (struct tree){.root_fd = -1, .spool_fd = -1};
  int status = tree_root(t) ? EXIT_DONE : tree_no_memory(t, say);
  if (status == EXIT_DONE) status = oci ? box_oci(&b) : box_docker(&b);
  tree_drop(&files);
  return status;
}

/* --- operands ---------------------------------------------------------------------- */

static int load_feed(struct tree *t, struct feed *feed, const struct recipe *r) {
  const uint8_t *head;
  size_t n;
  bool box;
  int status = feed_peek(feed, 4, &head, &n);
  if (status != EXIT_DONE) return status;
  if (n == 4 && memcmp(head, "\177ELF", 4) == 0) return tree_load_image(t, feed->say, feed);
  status = tree_load_archive(t, feed->say, feed);
  return status == EXIT_DONE ? load_box(t, feed->say, feed->name, r, &box) : status;
}

/* A directory may hold a layout: what is in it is looked at first, without the recipe. */
static int load_directory(struct tree *t, const struct say *say, const char *path, const struct recipe *r) {
  static const struct recipe all = {.keep_owner = true};
  char oci[LIMIT_PATH], docker[LIMIT_PATH];
  bool box = false;
  snprintf(oci, sizeof oci, "%s/oci-layout", path);
  snprintf(docker, sizeof docker, "%s/manifest.json", path);
  int status = EXIT_DONE;
  if (access(oci, F_OK) != 0 && access(docker, F_OK) != 0) {
    status = ignore_load(t, say, path);
    return status == EXIT_DONE ? tree_load_directory(t, say, path, r) : status;
  }
  status = tree_load_directory(t, say, path, &all);
  if (status == EXIT_DONE) status = load_box(t, say, path, r, &box);
  if (status != EXIT_DONE || box) return status;
  tree_drop(t);
  status = tree_root(t) ? ignore_load(t, say, path) : tree_no_memory(t, say);
  return status == EXIT_DONE ? tree_load_directory(t, say, path, r) : status;
}

static int load_file(struct tree *t, const struct say *say, const char *path, const struct recipe *r) {
  struct feed *feed = calloc(1, sizeof *feed);
  if (feed == NULL) return tree_no_memory(t, say);
  int status = feed_open(feed, say, path);
  if (status == EXIT_DONE) status = load_feed(t, feed, r);
  feed_close(feed);
  free(feed);
  return status;
}

static int load_any(struct tree *t, const struct say *say, const char *rootfs, const struct recipe *r) {
  struct stat st;
  if (!tree_root(t)) return tree_no_memory(t, say);
  if (strcmp(rootfs, "-") == 0) return load_file(t, say, NULL, r);
  if (stat(rootfs, &st) != 0) return say_errno(say, rootfs, "cannot open", errno);
  return S_ISDIR(st.st_mode) ? load_directory(t, say, rootfs, r) : load_file(t, say, rootfs, r);
}

int tree_load(struct tree *t, const struct say *say, const char *rootfs, const struct recipe *r) {
  *t = (struct tree){.root_fd = -1, .spool_fd = -1};
  progress_start(say, "reading the rootfs", 0);
  int status = load_any(t, say, rootfs, r);
  progress_end(say);
  if (status == EXIT_DONE) status = tree_apply(t, say, r);
  if (status == EXIT_DONE) status = tree_finish(t, say);
  if (status == EXIT_DONE) status = tree_format(t, say, r);
  return status;
}
