/* mkimage/tree/tree_archive.c - a rootfs that is a cpio or tar archive, through libarchive.
 *
 * Entries may come in any order, more than once (the last wins) and without
 * their directories.  Contents go to an unlinked file, since a pipe cannot be
 * read twice and the tree must be sorted first.  One libarchive reader takes the
 * compression off, a second one reads what comes out: so it is seen when more
 * stands behind the archive's end, which libarchive alone would pass over.
 */
#include <archive.h>
#include <archive_entry.h>
#include <errno.h>
#include <fcntl.h>
#include <locale.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "formats/err.h"
#include "formats/limits.h"
#include "formats/path.h"
#include "mkimage/tree/tree_parts.h"

enum { INPUT_PIECE = 64 << 10 };

struct input {
  struct tree *t;
  const struct say *say;
  const char *name;      /* of the archive, for messages */
  struct archive *plain; /* takes the compression off */
  struct archive *a;     /* the entries */
  uint64_t pulled;       /* plain bytes so far, and how many there are up to the last that is not zero */
  uint64_t last;
  uint8_t piece[INPUT_PIECE];
};

static const char *spool_directory(void) {
  const char *dir = getenv("TMPDIR");
  return dir != NULL && *dir != 0 ? dir : "/tmp";
}

int tree_spool_open(void) {
  const char *dir = spool_directory();
  char name[LIMIT_PATH];
  int fd = open(dir, O_TMPFILE | O_RDWR | O_CLOEXEC, 0600);
  if (fd >= 0 || (errno != EOPNOTSUPP && errno != EISDIR && errno != EINVAL)) return fd;
  if (snprintf(name, sizeof name, "%s/mkimage.XXXXXX", dir) >= (int)sizeof name) return errno = ENAMETOOLONG, -1;
  if ((fd = mkostemp(name, O_CLOEXEC)) >= 0) unlink(name);
  return fd;
}

static int input_broken(const struct input *in) {
  const char *why = archive_error_string(in->a);
  return say_error(in->say, EXIT_DAMAGED, "%s: %s", say_name(in->name).text,
                   say_name(why != NULL ? why : "the archive is damaged").text);
}

/* --- contents --------------------------------------------------------------------- */

static int input_full(const struct input *in) {
  return say_errno(in->say, spool_directory(), "cannot write the archive's contents to a temporary file there", errno);
}

static int input_write(struct input *in, const uint8_t *bytes, size_t n, uint64_t at) {
  while (n > 0) {
    ssize_t done = pwrite(in->t->spool_fd, bytes, n, (off_t)at);
    if (done < 0 && errno == EINTR) continue;
    if (done < 0) return input_full(in);
    bytes += done;
    at += (uint64_t)done;
    n -= (size_t)done;
  }
  return EXIT_DONE;
}

/* The content of the entry at hand goes to the spool; holes of sparse files stay holes. */
static int input_content(struct input *in, struct tree_inode *n, uint64_t size) {
  const void *bytes;
  size_t count;
  la_int64_t at;
  int rc, status = EXIT_DONE;
  uint64_t base = in->t->spool_size;
  while (status == EXIT_DONE && (rc = archive_read_data_block(in->a, &bytes, &count, &at)) != ARCHIVE_EOF) {
    if (rc < ARCHIVE_WARN || at < 0 || (uint64_t)at > size || count > size - (uint64_t)at) return input_broken(in);
    status = input_write(in, bytes, count, base + (uint64_t)at);
  }
  in->t->spool_size = base + size;
  if (status == EXIT_DONE && ftruncate(in->t->spool_fd, (off_t)in->t->spool_size) != 0) status = input_full(in);
  n->place = TREE_SPOOL;
  n->offset = base;
  n->size = size;
  return status;
}

static int input_data(struct input *in, struct archive_entry *e, const char *path, struct tree_inode *n) {
  la_int64_t size = archive_entry_size_is_set(e) ? archive_entry_size(e) : 0;
  if (!S_ISREG(n->mode) || size == 0) return EXIT_DONE;
  if (size < 0 || size > (la_int64_t)UINT32_MAX) {
    tree_error(in->t, in->say, EXIT_UNFIT, path, "4 GiB or more do not fit into a cpio archive");
    return EXIT_DONE;
  }
  return input_content(in, n, (uint64_t)size);
}

/* --- one entry ---------------------------------------------------------------------- */

/* Is it in a list of NUL-terminated names? */
static bool input_listed(const char *list, size_t used, const char *name) {
  for (size_t at = 0; at < used; at += strlen(list + at) + 1)
    if (strcmp(list + at, name) == 0) return true;
  return false;
}

/* An archive may hold an attribute in more than one spelling. */
static void input_attributes(const struct input *in, struct archive_entry *e, const char *path) {
  char list[4096];
  size_t used = 0;
  const char *name;
  const void *value;
  size_t size;
  archive_entry_xattr_reset(e);
  while (archive_entry_xattr_next(e, &name, &value, &size) == ARCHIVE_OK) {
    size_t len = strlen(name) + 1;
    if (input_listed(list, used, name)) continue;
    if (len > sizeof list - used) break;
    memcpy(list + used, name, len);
    used += len;
  }
  tree_warn_attributes(in->say, path, list, used);
  if (archive_entry_acl_types(e) != 0) say_warn(in->say, "'%s': its access list is not packed", say_name(path).text);
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

static int input_node(struct input *in, struct archive_entry *e, const char *path) {
  struct tree_name *name = tree_put(in->t, path);
  if (name == NULL) return tree_no_memory(in->t, in->say);
  if (!(S_ISDIR(archive_entry_mode(e)) && S_ISDIR(name->inode->mode))) name->inode = tree_inode(in->t, 0);
  struct tree_inode *n = name->inode;
  if (n == NULL) return tree_no_memory(in->t, in->say);
  input_numbers(in, e, path, n);
  input_attributes(in, e, path);
  if ((n->mode & S_IFMT) == 0) tree_error(in->t, in->say, EXIT_DAMAGED, path, "an entry of unknown type");
  return S_ISLNK(n->mode) ? input_target(in, e, path, n) : input_data(in, e, path, n);
}

/* Cleans a name of the archive; false: said. */
static bool input_path(struct input *in, const char *name, char out[LIMIT_PATH]) {
  int rc = name != NULL ? path_clean(name, strlen(name), out, LIMIT_PATH) : ERR_NAME;
  if (rc >= 0) return true;
  tree_error(in->t, in->say, rc == ERR_NAMETOOLONG ? EXIT_UNFIT : EXIT_DAMAGED, name != NULL ? name : "?",
             rc == ERR_NAMETOOLONG ? "a name or path that is too long" : "an unsafe name");
  return false;
}

static int input_link(struct input *in, struct archive_entry *e, const char *path, const char *link) {
  char to[LIMIT_PATH];
  if (!input_path(in, link, to)) return EXIT_DONE;
  struct tree_name *target = tree_seek(in->t, to);
  if (target == NULL || S_ISDIR(target->inode->mode)) {
    tree_error(in->t, in->say, EXIT_DAMAGED, path, "a hard link to '%s', and no such file stands before it",
               say_name(to).text);
    return EXIT_DONE;
  }
  struct tree_inode *n = target->inode;
  struct tree_name *name = tree_put(in->t, path);
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
  return link != NULL ? input_link(in, e, path, link) : input_node(in, e, path);
}

/* --- the whole ------------------------------------------------------------------------- */

static int input_entries(struct input *in) {
  struct archive_entry *e;
  int rc, status = EXIT_DONE;
  while (status == EXIT_DONE && (rc = archive_read_next_header(in->a, &e)) != ARCHIVE_EOF) {
    if (rc < ARCHIVE_WARN) return input_broken(in);
    if (rc == ARCHIVE_WARN)
      say_warn(in->say, "%s: %s", say_name(in->name).text, say_name(archive_error_string(in->a)).text);
    status = input_entry(in, e);
  }
  return status;
}

/* The next plain bytes, in in->piece. */
static la_ssize_t input_pull(struct archive *a, void *data, const void **bytes) {
  struct input *in = data;
  la_ssize_t n = archive_read_data(in->plain, in->piece, sizeof in->piece);
  if (n < 0) {
    archive_set_error(a, archive_errno(in->plain), "%s", archive_error_string(in->plain)); /* escaped when it is said */
    return ARCHIVE_FATAL;
  }
  for (la_ssize_t i = n; i > 0 && in->last <= in->pulled; i--)
    if (in->piece[i - 1] != 0) in->last = in->pulled + (uint64_t)i;
  in->pulled += (uint64_t)n;
  *bytes = in->piece;
  return n;
}

/* Another archive behind the first one's end must not get lost without a word. */
static int input_tail(struct input *in) {
  const void *bytes;
  la_ssize_t n;
  uint64_t end = (uint64_t)archive_filter_bytes(in->a, 0);
  while ((n = input_pull(in->a, in, &bytes)) > 0) {
  }
  if (n < 0) return input_broken(in);
  if (in->last <= end) return EXIT_DONE;
  return say_error(in->say, EXIT_UNFIT, "%s: more stands behind the archive's end, at offset %llu",
                   say_name(in->name).text, (unsigned long long)end);
}

/* Everything libarchive decodes by itself; its filters that start other programs stay out. */
static void input_filters(struct archive *a) {
  archive_read_support_filter_gzip(a);
  archive_read_support_filter_bzip2(a);
  archive_read_support_filter_compress(a);
  archive_read_support_filter_xz(a);
  archive_read_support_filter_lzma(a);
  archive_read_support_filter_lzip(a);
  archive_read_support_filter_lz4(a);
  archive_read_support_filter_zstd(a);
  archive_read_support_filter_rpm(a);
  archive_read_support_filter_uu(a);
  archive_read_support_format_raw(a);
  archive_read_support_format_empty(a);
}

static int input_open(struct input *in, const char *path) {
  struct archive_entry *e;
  int rc = path != NULL ? archive_read_open_filename(in->plain, path, INPUT_PIECE)
                        : archive_read_open_fd(in->plain, STDIN_FILENO, INPUT_PIECE);
  if (rc == ARCHIVE_OK) rc = archive_read_next_header(in->plain, &e);
  if (rc == ARCHIVE_EOF) return say_error(in->say, EXIT_DAMAGED, "%s: is empty", say_name(in->name).text);
  if (rc < ARCHIVE_WARN) {
    const char *why = archive_error_string(in->plain);
    return say_error(in->say, EXIT_DAMAGED, "%s: %s", say_name(in->name).text,
                     say_name(why != NULL ? why : "cannot read").text);
  }
  archive_read_support_format_cpio(in->a);
  archive_read_support_format_tar(in->a);
  return archive_read_open(in->a, in, NULL, input_pull, NULL) == ARCHIVE_OK ? EXIT_DONE : input_broken(in);
}

static int input_read(struct input *in, const char *path) {
  int status;
  in->plain = archive_read_new();
  in->a = archive_read_new();
  if (in->plain == NULL || in->a == NULL) {
    status = tree_no_memory(in->t, in->say);
  } else {
    input_filters(in->plain);
    status = input_open(in, path);
    if (status == EXIT_DONE) status = input_entries(in);
    if (status == EXIT_DONE) status = input_tail(in);
  }
  archive_read_free(in->a);
  archive_read_free(in->plain);
  return status;
}

int tree_load_archive(struct tree *t, const struct say *say, const char *path) {
  struct input *in = calloc(1, sizeof *in);
  if (in == NULL) return tree_no_memory(t, say);
  in->t = t;
  in->say = say;
  in->name = path != NULL ? path : "standard input";
  t->spool_fd = tree_spool_open();
  if (t->spool_fd < 0) {
    free(in);
    return say_errno(say, spool_directory(), "cannot make a temporary file there for the archive's contents", errno);
  }
  /* Names of pax archives are UTF-8: the same bytes whatever the user's locale is. */
  locale_t utf8 = newlocale(LC_CTYPE_MASK, "C.UTF-8", (locale_t)0);
  locale_t old = utf8 != (locale_t)0 ? uselocale(utf8) : (locale_t)0;
  int status = input_read(in, path);
  if (utf8 != (locale_t)0) {
    uselocale(old);
    freelocale(utf8);
  }
  free(in);
  return status != EXIT_DONE ? status : t->status;
}
