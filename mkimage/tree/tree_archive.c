/* mkimage/tree/tree_archive.c - an archive's entries as a tree, through libarchive: cpio, tar, zip; or one layer.
 *
 * Entries may come in any order, more than once (the last wins) and without
 * their directories.  Contents go to an unlinked file, since a pipe cannot be
 * read twice and the tree must be sorted first.  A layer (tree_layer.h) is a tar
 * archive over the tree that the layers below it have made.
 */
#include <archive.h>
#include <archive_entry.h>
#include <errno.h>
#include <locale.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "formats/err.h"
#include "formats/limits.h"
#include "formats/path.h"
#include "mkimage/tree/tree_layer.h"
#include "mkimage/tree/tree_parts.h"
#include "mkimage/tree/tree_plain.h"

struct input {
  struct tree *t;
  const struct say *say;
  const char *name;   /* of the archive, for messages */
  uint32_t layer;     /* its number from 1; 0: it is no layer */
  const char *sha256; /* what a layer must have when it is unpacked; NULL: unknown */
  struct plain plain;
  struct archive *a; /* the entries */
};

static int input_broken(const struct input *in) {
  const char *why = archive_error_string(in->a);
  return say_error(in->say, EXIT_DAMAGED, "%s: %s", say_name(in->name).text,
                   say_name(why != NULL ? why : "the archive is damaged").text);
}

/* --- contents --------------------------------------------------------------------- */

/* The content of the entry at hand goes to the spool; holes of sparse files stay holes. */
static int input_content(struct input *in, struct tree_inode *n, uint64_t size) {
  const void *bytes;
  size_t count;
  la_int64_t at;
  int rc, status = EXIT_DONE;
  uint64_t base = in->t->spool_size;
  while (status == EXIT_DONE && (rc = archive_read_data_block(in->a, &bytes, &count, &at)) != ARCHIVE_EOF) {
    if (rc < ARCHIVE_WARN || at < 0 || (uint64_t)at > size || count > size - (uint64_t)at) return input_broken(in);
    status = spool_write(in->say, in->t->spool_fd, bytes, count, base + (uint64_t)at);
  }
  in->t->spool_size = base + size;
  if (status == EXIT_DONE && ftruncate(in->t->spool_fd, (off_t)in->t->spool_size) != 0) status = spool_full(in->say);
  n->place = TREE_SPOOL;
  n->offset = base;
  n->size = size;
  return status;
}

static int input_data(struct input *in, struct archive_entry *e, const char *path, struct tree_inode *n) {
  la_int64_t size = archive_entry_size_is_set(e) ? archive_entry_size(e) : 0;
  if (!S_ISREG(n->mode) || size == 0) return EXIT_DONE;
  if (size < 0) {
    tree_error(in->t, in->say, EXIT_DAMAGED, path, "a size below 0");
    return EXIT_DONE;
  }
  return input_content(in, n, (uint64_t)size);
}

/* --- one entry ---------------------------------------------------------------------- */

/* GNU tar writes `%` and `=` as `%25` and `%3D`, which libarchive leaves as they are. */
static bool input_attribute_name(const char *name, char out[LIMIT_ATTR_NAME + 1]) {
  size_t n = 0;
  while (*name != 0) {
    if (n == LIMIT_ATTR_NAME) return false;
    bool percent = strncmp(name, "%25", 3) == 0, equals = strncmp(name, "%3D", 3) == 0;
    out[n++] = equals ? '=' : *name;
    name += percent || equals ? 3 : 1;
  }
  out[n] = 0;
  return n > 0;
}

/* What the machine would refuse. */
static bool input_attribute_fits(struct input *in, const char *path, const char *name, char clean[], size_t size,
                                 size_t *names) {
  const char *why = !input_attribute_name(name, clean) ? "an extended attribute's name of 0 or more than 255 bytes"
                    : size > LIMIT_ATTR_VALUE          ? "an extended attribute of more than 64 KiB"
                                                       : NULL;
  if (why == NULL) *names += strlen(clean) + 1;
  if (*names > LIMIT_ATTR_LIST) why = "more than 64 KiB of names of extended attributes";
  if (why != NULL) tree_error(in->t, in->say, EXIT_UNFIT, path, "%s", why);
  return why == NULL;
}

/* An archive may hold an attribute in more than one spelling.  What the entry says takes the place of what a directory
 * had. */
static int input_attributes(struct input *in, struct archive_entry *e, const char *path, struct tree_inode *n) {
  char clean[LIMIT_ATTR_NAME + 1];
  const char *name;
  const void *value;
  size_t size, names = 0;
  n->attrs = NULL;
  archive_entry_xattr_reset(e);
  while (archive_entry_xattr_next(e, &name, &value, &size) == ARCHIVE_OK) {
    if (!input_attribute_fits(in, path, name, clean, size, &names)) break;
    if (!attr_add(&in->t->pool, &n->attrs, clean, value, size)) return tree_no_memory(in->t, in->say);
  }
  attr_sort(&n->attrs, ATTR_FIRST);
  if (archive_entry_acl_types(e) != 0) say_warn(in->say, "'%s': its access list is not packed", say_name(path).text);
  return EXIT_DONE;
}

static void input_numbers(struct input *in, struct archive_entry *e, const char *path, struct tree_inode *n) {
  la_int64_t uid = archive_entry_uid(e), gid = archive_entry_gid(e);
  bool device = S_ISCHR(archive_entry_mode(e)) || S_ISBLK(archive_entry_mode(e));
  if (uid < 0 || uid > (la_int64_t)UINT32_MAX || gid < 0 || gid > (la_int64_t)UINT32_MAX)
    tree_error(in->t, in->say, EXIT_UNFIT, path, "its owner %lld:%lld is outside of 0 to 4294967295", (long long)uid,
               (long long)gid);
  n->mode = archive_entry_mode(e);
  n->uid = (uint32_t)uid;
  n->gid = (uint32_t)gid;
  n->mtime = archive_entry_mtime(e);
  if (n->mtime == INT64_MAX || n->mtime <= INT64_MIN + 1) /* what libarchive makes of digits without end */
    tree_error(in->t, in->say, EXIT_UNFIT, path, "its time of change is no time that can be");
  n->mtime_ns = (uint32_t)archive_entry_mtime_nsec(e);
  n->rdev_major = device ? (uint32_t)archive_entry_rdevmajor(e) : 0;
  n->rdev_minor = device ? (uint32_t)archive_entry_rdevminor(e) : 0;
}

static int input_target(struct input *in, struct archive_entry *e, const char *path, struct tree_inode *n) {
  const char *target = archive_entry_symlink(e);
  if (target == NULL) target = archive_entry_symlink_utf8(e);
  if (target == NULL || *target == 0) {
    tree_error(in->t, in->say, EXIT_DAMAGED, path, "a symbolic link without a target");
    target = "";
  }
  if (strlen(target) > LIMIT_TARGET)
    tree_error(in->t, in->say, EXIT_UNFIT, path, "a link target above %d bytes", LIMIT_TARGET);
  n->size = strlen(target);
  n->target = pool_copy(&in->t->pool, target, strlen(target));
  return n->target != NULL ? EXIT_DONE : tree_no_memory(in->t, in->say);
}

static struct tree_name *input_put(struct input *in, const char *path, bool directory) {
  return in->layer != 0 ? layer_put(in->t, in->layer, path, directory) : tree_put(in->t, path);
}

static int input_node(struct input *in, struct archive_entry *e, const char *path) {
  struct tree_name *name = input_put(in, path, S_ISDIR(archive_entry_mode(e)));
  if (name == NULL) return tree_no_memory(in->t, in->say);
  if (!(S_ISDIR(archive_entry_mode(e)) && S_ISDIR(name->inode->mode))) name->inode = tree_inode(in->t, 0);
  struct tree_inode *n = name->inode;
  if (n == NULL) return tree_no_memory(in->t, in->say);
  input_numbers(in, e, path, n);
  int status = input_attributes(in, e, path, n);
  if (status != EXIT_DONE) return status;
  if (!tree_type_known(n->mode)) tree_error(in->t, in->say, EXIT_DAMAGED, path, "an entry of unknown type");
  return S_ISLNK(n->mode) ? input_target(in, e, path, n) : input_data(in, e, path, n);
}

/* Cleans a name of the archive; false: said. */
static bool input_path(struct input *in, const char *name, char out[LIMIT_PATH]) {
  int rc = name != NULL ? path_clean(name, strlen(name), out, LIMIT_PATH) : ERR_NAME;
  if (rc >= 0 && in->layer != 0) rc = layer_place(in->t, out);
  if (rc >= 0) return true;
  if (rc == ERR_LOOP) {
    tree_error(in->t, in->say, EXIT_DAMAGED, name, "too many symbolic links on the way to it");
    return false;
  }
  tree_error(in->t, in->say, rc == ERR_NAMETOOLONG ? EXIT_UNFIT : EXIT_DAMAGED, name != NULL ? name : "?",
             rc == ERR_NAMETOOLONG ? "a name or path that is too long" : "an unsafe name");
  return false;
}

static int input_link(struct input *in, struct archive_entry *e, const char *path, const char *link) {
  char to[LIMIT_PATH];
  if (!input_path(in, link, to)) return EXIT_DONE;
  struct tree_name *target = tree_seek(in->t, to);
  if (target == NULL || target->inode == NULL || S_ISDIR(target->inode->mode)) {
    tree_error(in->t, in->say, EXIT_DAMAGED, path, "a hard link to '%s', and no such file stands before it",
               say_name(to).text);
    return EXIT_DONE;
  }
  struct tree_inode *n = target->inode;
  struct tree_name *name = input_put(in, path, false);
  if (name == NULL) return tree_no_memory(in->t, in->say);
  name->inode = n;
  return input_data(in, e, path, n);
}

static int input_entry(struct input *in, struct archive_entry *e) {
  char path[LIMIT_PATH];
  const char *name = archive_entry_pathname(e), *link = archive_entry_hardlink(e);
  if (name == NULL) name = archive_entry_pathname_utf8(e);
  if (link == NULL) link = archive_entry_hardlink_utf8(e);
  if (!input_path(in, name, path)) return EXIT_DONE;
  if (in->layer != 0 && layer_whiteout(in->t, in->say, in->layer, path)) return EXIT_DONE;
  return link != NULL ? input_link(in, e, path, link) : input_node(in, e, path);
}

/* --- the whole ------------------------------------------------------------------------- */

static int input_entries(struct input *in) {
  struct archive_entry *e;
  int rc, status = EXIT_DONE;
  while (status == EXIT_DONE && (rc = archive_read_next_header(in->a, &e)) != ARCHIVE_EOF) {
    bool said = archive_error_string(in->a) != NULL; /* not of a sparse file's map that holds no numbers */
    if (rc < ARCHIVE_WARN || (rc == ARCHIVE_WARN && !said)) return input_broken(in);
    if (rc == ARCHIVE_WARN)
      say_warn(in->say, "%s: %s", say_name(in->name).text, say_name(archive_error_string(in->a)).text);
    status = input_entry(in, e);
  }
  return status;
}

static int input_check(const struct input *in) {
  uint8_t digest[DIGEST_BYTES];
  char hex[2 * DIGEST_BYTES + 1];
  struct digest all = in->plain.digest;
  if (in->sha256 == NULL) return EXIT_DONE;
  digest_final(&all, digest);
  for (unsigned i = 0; i < DIGEST_BYTES; i++) snprintf(hex + 2 * i, 3, "%02x", digest[i]);
  if (strcmp(hex, in->sha256) == 0) return EXIT_DONE;
  return say_error(in->say, EXIT_DAMAGED, "%s: is damaged: unpacked its SHA-256 is %s, and %s was expected",
                   say_name(in->name).text, hex, say_name(in->sha256).text);
}

/* Compression, then tar or cpio: a stream, and nothing may follow it. */
static int input_stream(struct input *in) {
  archive_read_support_format_tar(in->a);
  if (in->layer == 0) archive_read_support_format_cpio(in->a);
  in->plain.digests = in->sha256 != NULL;
  if (archive_read_open(in->a, &in->plain, NULL, plain_read, NULL) != ARCHIVE_OK) return input_broken(in);
  int status = input_entries(in);
  if (status == EXIT_DONE) status = plain_tail(&in->plain, (uint64_t)archive_filter_bytes(in->a, 0));
  return status == EXIT_DONE ? input_check(in) : status;
}

/* Times in a zip file may have no time zone: they count as UTC, wherever it is read. */
static int input_zip_entries(struct input *in) {
  const char *zone = getenv("TZ");
  char *old = zone != NULL ? strdup(zone) : NULL;
  if (zone != NULL && old == NULL) return tree_no_memory(in->t, in->say);
  setenv("TZ", "UTC0", 1);
  tzset();
  int status = input_entries(in);
  if (old != NULL)
    setenv("TZ", old, 1);
  else
    unsetenv("TZ");
  tzset();
  free(old);
  return status;
}

/* What a zip file holds is told at its end. */
static int input_zip(struct input *in) {
  int fd = -1, status = EXIT_DONE;
  struct feed *f = in->plain.feed;
  bool here = f->regular && !in->plain.compressed;
  if (!here) status = plain_spool(&in->plain, &fd);
  if (status == EXIT_DONE && lseek(here ? f->fd : fd, 0, SEEK_SET) != 0)
    status = say_errno(in->say, in->name, "cannot read", errno);
  archive_read_support_format_zip_seekable(in->a);
  if (status == EXIT_DONE && archive_read_open_fd(in->a, here ? f->fd : fd, FEED_PIECE) != ARCHIVE_OK)
    status = input_broken(in);
  if (status == EXIT_DONE) status = input_zip_entries(in);
  if (fd >= 0) close(fd);
  return status;
}

static bool input_is_zip(const uint8_t *bytes, size_t n) {
  return n == 4 && (memcmp(bytes, "PK\3\4", 4) == 0 || memcmp(bytes, "PK\5\6", 4) == 0);
}

static int input_read(struct input *in, struct feed *feed) {
  const uint8_t *bytes;
  size_t n = 0;
  in->a = archive_read_new();
  int status = plain_open(&in->plain, feed);
  if (status == EXIT_DONE && in->a == NULL) status = tree_no_memory(in->t, in->say);
  if (status == EXIT_DONE) status = plain_peek(&in->plain, 4, &bytes, &n);
  if (status == EXIT_DONE) status = in->layer == 0 && input_is_zip(bytes, n) ? input_zip(in) : input_stream(in);
  archive_read_free(in->a);
  plain_close(&in->plain);
  return status;
}

static int input_load(struct input *in, struct feed *feed) {
  struct tree *t = in->t;
  in->name = feed->name;
  int status = t->spool_fd >= 0 ? EXIT_DONE : spool_open(in->say, &t->spool_fd);
  /* Names of pax archives are UTF-8: the same bytes whatever the user's locale is. */
  locale_t utf8 = newlocale(LC_CTYPE_MASK, "C.UTF-8", (locale_t)0);
  locale_t old = utf8 != (locale_t)0 ? uselocale(utf8) : (locale_t)0;
  if (status == EXIT_DONE) status = input_read(in, feed);
  if (utf8 != (locale_t)0) {
    uselocale(old);
    freelocale(utf8);
  }
  return status != EXIT_DONE ? status : t->status;
}

int tree_load_layer(struct tree *t, const struct say *say, struct feed *feed, uint32_t number, const char *sha256) {
  struct input *in = calloc(1, sizeof *in);
  if (in == NULL) return tree_no_memory(t, say);
  in->t = t;
  in->say = say;
  in->layer = number;
  in->sha256 = sha256;
  int status = input_load(in, feed);
  free(in);
  return status;
}

int tree_load_archive(struct tree *t, const struct say *say, struct feed *feed) {
  return tree_load_layer(t, say, feed, 0, NULL);
}
