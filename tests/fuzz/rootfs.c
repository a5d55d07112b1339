/* tests/fuzz/rootfs.c - what somebody else gives as a rootfs: archives, layers, container images and their JSON.
 *
 * The first byte chooses what the others are: an operand, a layer over another
 * one, or one JSON file of a container image whose other files are good.  What
 * is taken is a tree in order, whose paths are clean and whose contents can be
 * read, and the machine's unpacker takes the archive of it with every entry.
 */
#include <assert.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "formats/err.h"
#include "formats/path.h"
#include "mkimage/config/config.h"
#include "mkimage/pack/archive_write.h"
#include "mkimage/pack/cpio.h"
#include "mkimage/pack/pax.h"
#include "mkimage/tree/program.h"
#include "mkimage/tree/tree_box.h"
#include "mkimage/tree/tree_feed.h"
#include "mkimage/tree/tree_layer.h"
#include "mkimage/tree/tree_parts.h"
#include "taproot.h"
#include "unit/memory_sink.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n);

enum { OPERAND, LAYER, INDEX, MANIFEST, CONFIG, DOCKER, KINDS, MOST = 8 << 20 };

/* --- what came out -------------------------------------------------------------------- */

static int count(void *arg, const uint8_t *bytes, size_t n) {
  assert(n > 0 && bytes != NULL);
  *(uint64_t *)arg += n;
  return 0;
}

static void check_name(const struct tree *t, const struct say *say, size_t i) {
  const struct tree_name *name = &t->name[i];
  char path[LIMIT_PATH];
  uint64_t have = 0;
  assert(path_clean(name->path, strlen(name->path), path, sizeof path) > 0 && strcmp(path, name->path) == 0);
  assert(i == 0 ? strcmp(path, ".") == 0 : tree_compare(t->name[i - 1].path, path) < 0);
  char *slash = strrchr(path, '/');
  if (slash != NULL) *slash = 0;
  const struct tree_name *parent = tree_find(t, slash != NULL ? path : ".");
  assert(parent != NULL && S_ISDIR(parent->inode->mode));
  assert(S_ISLNK(name->inode->mode) == (name->inode->target != NULL));
  if (!S_ISREG(name->inode->mode) || name->inode->size > MOST) return;
  assert(tree_read(t, say, name->inode, count, &have) == EXIT_DONE && have == name->inode->size);
}

/* The machine takes what is packed of it, entry by entry. */
static void check_packed(const struct tree *t, const struct say *say) {
  struct memory m = {.sink = {memory_put}};
  struct archive_write a = {
      .say = say, .tree = t, .format = t->pax ? &pax_format : &cpio_format, .codec = CODEC_NONE, .check = DIGEST_NONE};
  struct taproot_report report;
  struct taproot_flaw flaw;
  assert(archive_write(&a, &m.sink) == EXIT_DONE && a.unpacked == m.used);
  struct taproot *machine = taproot_start(NULL);
  assert(machine != NULL);
  assert(taproot_unpack(machine, m.bytes, m.used, &report, &flaw) == 0);
  assert(report.entries == t->names);
  taproot_stop(machine);
  free(m.bytes);
}

/* What is to be run, where anything says so. */
static void check_launch(struct tree *t, const struct say *say) {
  const struct config silent = {.file = "app.cfg", .cwd = "/", .input = "console"};
  struct config merged;
  char program[LIMIT_PATH];
  if (config_launch(&silent, say, &t->launch, &t->pool, &merged) != EXIT_DONE) return;
  assert(merged.program != NULL && merged.argv0 != NULL);
  if (program_locate(t, say, merged.program, merged.cwd, merged.env, merged.envs, program) == EXIT_DONE)
    assert(program[0] == '/' && strlen(program) < sizeof program);
}

static void check(struct tree *t, const struct say *say) {
  uint64_t size = 0;
  for (size_t i = 0; i < t->names; i++) check_name(t, say, i);
  for (size_t i = 0; i < t->names; i++) size += t->name[i].inode->size;
  if (size < MOST) check_packed(t, say);
  check_launch(t, say);
}

/* --- the kinds ---------------------------------------------------------------------------- */

/* Either format, by what is in it. */
static void any_format(struct recipe *r) {
  recipe_start(r);
  r->keep_owner = true;
  r->format = RECIPE_AUTO;
}

/* After the last layer. */
static int finish(struct tree *t, const struct say *say) {
  struct recipe r;
  any_format(&r);
  int status = tree_finish(t, say);
  if (status == EXIT_DONE) status = tree_format(t, say, &r);
  recipe_drop(&r);
  return status;
}

static int operand(struct tree *t, const struct say *say, const uint8_t *bytes, size_t n) {
  char path[40];
  struct recipe r;
  int fd = memfd_create("rootfs", MFD_CLOEXEC);
  assert(fd >= 0 && write(fd, bytes, n) == (ssize_t)n);
  snprintf(path, sizeof path, "/proc/self/fd/%d", fd);
  any_format(&r);
  int status = tree_load(t, say, path, &r);
  close(fd);
  recipe_drop(&r);
  return status;
}

/* A file of a tree, whose content is in the spool. */
static void file(struct tree *t, const struct say *say, const char *path, const void *bytes, size_t n) {
  struct tree_name *name = tree_put(t, path);
  assert(name != NULL && (name->inode = tree_inode(t, S_IFREG | 0755)) != NULL);
  assert(t->spool_fd >= 0 || spool_open(say, &t->spool_fd) == EXIT_DONE);
  assert(spool_write(say, t->spool_fd, bytes, n, t->spool_size) == EXIT_DONE);
  name->inode->place = n > 0 ? TREE_SPOOL : TREE_NOWHERE;
  name->inode->offset = t->spool_size;
  name->inode->size = n;
  t->spool_size += n;
}

static void begin(struct tree *t) {
  *t = (struct tree){.root_fd = -1, .spool_fd = -1};
  assert(tree_root(t));
}

/* What a layer may find below it. */
static void lower(struct tree *t, const struct say *say) {
  static const struct {
    const char *path, *target;
  } some[] = {{"d/x", NULL},       {"d/e/y", NULL}, {"usr/lib/z", NULL}, {"lib", "usr/lib"},
              {"out", "../../.."}, {"a", "b"},      {"b", "a"}};
  for (size_t i = 0; i < sizeof some / sizeof some[0]; i++) {
    file(t, say, some[i].path, "lower", 5);
    struct tree_inode *n = tree_seek(t, some[i].path)->inode;
    if (some[i].target == NULL) continue;
    *n = (struct tree_inode){.mode = S_IFLNK | 0777, .target = some[i].target, .size = strlen(some[i].target)};
  }
  for (size_t i = 0; i < t->names; i++) t->name[i].layer = 1;
}

static int layer(struct tree *t, const struct say *say, const uint8_t *bytes, size_t n) {
  struct tree box;
  struct feed *feed = calloc(1, sizeof *feed);
  assert(feed != NULL);
  begin(t);
  begin(&box);
  lower(t, say);
  file(&box, say, "layer", bytes, n);
  assert(feed_of_inode(feed, say, "layer", &box, tree_seek(&box, "layer")->inode) == EXIT_DONE);
  int status = tree_load_layer(t, say, feed, 2, NULL);
  layers_end(t);
  if (status == EXIT_DONE) status = finish(t, say);
  feed_close(feed);
  free(feed);
  tree_drop(&box);
  return status;
}

/* --- JSON --------------------------------------------------------------------------------- */

/* A blob under its digest; `hex` has it then. */
static size_t blob(struct tree *box, const struct say *say, const void *bytes, size_t n, char hex[65]) {
  uint8_t digest[DIGEST_BYTES];
  char path[100];
  digest_over(DIGEST_SHA256, bytes, n, digest);
  for (unsigned i = 0; i < DIGEST_BYTES; i++) snprintf(hex + 2 * i, 3, "%02x", digest[i]);
  snprintf(path, sizeof path, "blobs/sha256/%s", hex);
  file(box, say, path, bytes, n);
  return n;
}

/* A layout whose files are good but for the one at hand; `%s` of it are digests of good ones. */
static int json(struct tree *t, const struct say *say, unsigned kind, const char *text, size_t n) {
  static const uint8_t empty[1024];
  static const char good[] = "{\"architecture\":\"amd64\",\"os\":\"linux\",\"config\":{\"Cmd\":[\"/x\"]},\"rootfs\":{"
                             "\"diff_ids\":[\"sha256:%s\"]}}";
  char layer_hex[65], config_hex[65], manifest_hex[65], config[400], manifest[800], index[400];
  struct tree files;
  struct box b = {.files = &files, .t = t, .say = say, .name = "box", .arch = "amd64"};
  begin(t);
  begin(&files);
  blob(&files, say, empty, sizeof empty, layer_hex);
  file(&files, say, "layer.tar", empty, sizeof empty);
  size_t size = (size_t)snprintf(config, sizeof config, good, layer_hex);
  size = kind == CONFIG ? blob(&files, say, text, n, config_hex) : blob(&files, say, config, size, config_hex);
  size = (size_t)snprintf(manifest, sizeof manifest,
                          "{\"config\":{\"mediaType\":\"application/vnd.oci.image.config.v1+json\",\"digest\":\"sha256:"
                          "%s\",\"size\":%zu},\"layers\":[{\"digest\":\"sha256:%s\",\"size\":1024}]}",
                          config_hex, size, layer_hex);
  size = kind == MANIFEST ? blob(&files, say, text, n, manifest_hex) : blob(&files, say, manifest, size, manifest_hex);
  size = (size_t)snprintf(index, sizeof index,
                          "{\"manifests\":[{\"mediaType\":\"application/vnd.oci.image.manifest.v1+json\",\"digest\":"
                          "\"sha256:%s\",\"size\":%zu}]}",
                          manifest_hex, size);
  file(&files, say, "oci-layout", "{\"imageLayoutVersion\":\"1.0.0\"}", 30);
  if (kind == INDEX || kind == DOCKER)
    file(&files, say, kind == INDEX ? "index.json" : "manifest.json", text, n);
  else
    file(&files, say, "index.json", index, size);
  file(&files, say, "config.json", config, strlen(config));
  tree_sort(&files);
  int status = kind == DOCKER ? box_docker(&b) : box_oci(&b);
  if (status == EXIT_DONE) status = finish(t, say);
  tree_drop(&files);
  return status;
}

/* --- one input ------------------------------------------------------------------------------- */

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n) {
  struct say say = {.quiet = true, .jobs = 1};
  struct tree t = {.root_fd = -1, .spool_fd = -1};
  FILE *before = stderr;
  char *said = NULL;
  size_t length = 0;
  int status;
  if (n == 0) return -1;
  stderr = open_memstream(&said, &length);
  unsigned kind = *bytes++ % KINDS;
  n--;
  if (kind == OPERAND)
    status = operand(&t, &say, bytes, n);
  else if (kind == LAYER)
    status = layer(&t, &say, bytes, n);
  else
    status = json(&t, &say, kind, (const char *)bytes, n);
  fflush(stderr);
  assert(status == EXIT_DONE || length > 0); /* whatever is refused is refused with a sentence */
  if (status == EXIT_DONE) check(&t, &say);
  tree_drop(&t);
  fclose(stderr);
  stderr = before;
  free(said);
  return 0;
}
