/* mkimage/look/extract_node.c - one node of a tree onto a disk: see extract.h. */
#include <errno.h>
#include <fcntl.h>
#include <linux/openat2.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/sysmacros.h>
#include <sys/xattr.h>
#include <unistd.h>

#include "formats/archive.h"
#include "formats/err.h"
#include "formats/path.h"
#include "mkimage/lib/progress.h"
#include "mkimage/look/extract.h"

enum { EXTRACT_PIECE = 65536, EXTRACT_STEP = O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC };

static int extract_fail(struct extract *x, size_t i, const char *doing, int error) {
  const char *path = look_path(x->look, i);
  return say_errno(x->say, path != NULL ? path : "an entry", doing, error);
}

/* --- parents --------------------------------------------------------------------------- */

/* Where the system has no openat2, or a sandbox forbids it: each step is taken inside the step before. */
static int extract_steps(struct extract *x, const char *path) {
  const char *part;
  char name[LIMIT_NAME + 1];
  size_t len;
  int at = fcntl(x->root, F_DUPFD_CLOEXEC, 3), rc = 0;
  struct cursor c = cursor_over(path, strlen(path));
  while (at >= 0 && rc >= 0 && (rc = path_next(&c, &part, &len)) == 1) {
    memcpy(name, part, len);
    name[len] = 0;
    int next = openat(at, name, EXTRACT_STEP);
    int error = errno;
    close(at);
    at = next;
    errno = error;
  }
  if (at >= 0 && rc < 0) {
    close(at);
    errno = ENAMETOOLONG;
    at = -1;
  }
  return at;
}

/* The path of node i from `top` on, which it lies below. */
static const char *extract_path(struct extract *x, size_t i) {
  const char *path = look_path(x->look, x->top);
  if (path == NULL || i == x->top) return path == NULL ? NULL : ".";
  size_t above = x->top == 0 ? 0 : strlen(path) + 1;
  path = look_path(x->look, i);
  return path == NULL ? NULL : path + above;
}

/* A descriptor of directory i, below the root and through no symlink.  -1 with errno. */
static int extract_directory(struct extract *x, size_t i) {
  struct open_how how = {.flags = EXTRACT_STEP, .resolve = RESOLVE_BENEATH | RESOLVE_NO_SYMLINKS};
  const char *path = extract_path(x, i);
  if (path == NULL) return errno = ENOMEM, -1;
  int fd = (int)syscall(SYS_openat2, x->root, path, &how, sizeof how);
  return fd >= 0 || (errno != ENOSYS && errno != EPERM) ? fd : extract_steps(x, path);
}

/* The descriptor of node i's directory, kept for the names beside it. */
static int extract_parent(struct extract *x, size_t i) {
  size_t parent = x->look->node[i].parent;
  if (x->parent >= 0 && x->parent_node == parent) return x->parent;
  if (x->parent >= 0) close(x->parent);
  x->parent = extract_directory(x, parent);
  x->parent_node = parent;
  return x->parent;
}

void extract_close(struct extract *x) {
  if (x->parent >= 0) close(x->parent);
  if (x->root >= 0) close(x->root);
  x->parent = x->root = -1;
  pool_drop(&x->pool);
}

/* --- attributes ---------------------------------------------------------------------------- */

static void extract_times(const struct node *n, struct timespec t[2]) {
  t[0] = (struct timespec){0, UTIME_OMIT};
  t[1] = (struct timespec){(time_t)n->st.mtime_s, (long)n->st.mtime_ns};
}

/* Where one cannot be set (by this user, or on this file system), it is named, and the rest goes on. */
static void extract_unset(struct extract *x, size_t i, const char *name) {
  char doing[2048];
  int error = errno;
  snprintf(doing, sizeof doing, "cannot set the extended attribute %s%s", say_name(name).text,
           error == EPERM && !x->owner ? " (as root, or leave them out with --skip-xattrs)" : "");
  x->status = extract_fail(x, i, doing, error);
}

/* By descriptor, or by name where that is below 0. */
static int extract_xattrs(struct extract *x, size_t i, int fd, int dir) {
  char where[64 + LIMIT_NAME];
  const struct node *n = &x->look->node[i];
  if (x->skip_xattrs) return EXIT_DONE;
  pool_drop(&x->pool);
  x->attrs = NULL;
  if (!look_attrs(x->look, n, &x->pool, &x->attrs)) return say_error(x->say, EXIT_USAGE, "no memory for attributes");
  snprintf(where, sizeof where, "/proc/self/fd/%d/%s", dir, n->name);
  for (const struct attr *a = x->attrs; a != NULL; a = a->next)
    if ((fd >= 0 ? fsetxattr(fd, a->name, a->value, a->size, 0) : lsetxattr(where, a->name, a->value, a->size, 0)) != 0)
      extract_unset(x, i, a->name);
  return EXIT_DONE;
}

/* The owner first: changing it takes set-id bits and capabilities away. */
static int extract_attributes(struct extract *x, size_t i, int fd) {
  const struct node *n = &x->look->node[i];
  struct timespec t[2];
  extract_times(n, t);
  if (x->owner && fchown(fd, n->st.uid, n->st.gid) != 0) return extract_fail(x, i, "cannot set the owner", errno);
  int status = extract_xattrs(x, i, fd, -1);
  if (status != EXIT_DONE) return status;
  if (fchmod(fd, n->st.mode & x->mask) != 0) return extract_fail(x, i, "cannot set the mode", errno);
  if (!x->no_times && futimens(fd, t) != 0) return extract_fail(x, i, "cannot set the time", errno);
  return EXIT_DONE;
}

/* The same by name, for what cannot be opened: symlinks, and FIFOs and devices, which are made with their mode. */
static int extract_attributes_at(struct extract *x, size_t i, int dir) {
  const struct node *n = &x->look->node[i];
  struct timespec t[2];
  extract_times(n, t);
  if (x->owner && fchownat(dir, n->name, n->st.uid, n->st.gid, AT_SYMLINK_NOFOLLOW) != 0)
    return extract_fail(x, i, "cannot set the owner", errno);
  int status = extract_xattrs(x, i, -1, dir);
  if (status != EXIT_DONE) return status;
  if (!x->no_times && utimensat(dir, n->name, t, AT_SYMLINK_NOFOLLOW) != 0)
    return extract_fail(x, i, "cannot set the time", errno);
  return EXIT_DONE;
}

/* --- the kinds ----------------------------------------------------------------------------------- */

/* 0 or errno. */
static int extract_write(int fd, const char *bytes, size_t n) {
  while (n > 0) {
    ssize_t wrote = write(fd, bytes, n);
    if (wrote < 0 && errno != EINTR) return errno;
    if (wrote < 0) continue;
    bytes += wrote;
    n -= (size_t)wrote;
  }
  return 0;
}

static int extract_content(struct extract *x, size_t i, int fd) {
  char piece[EXTRACT_PIECE];
  const struct node *n = &x->look->node[i];
  ssize_t got;
  for (uint64_t at = 0; (got = taproot_iread(x->look->t, n->ino, piece, sizeof piece, at)) > 0; at += (uint64_t)got) {
    int error = extract_write(fd, piece, (size_t)got);
    if (error != 0) return extract_fail(x, i, "cannot write", error);
    progress_add(x->say, (uint64_t)got);
  }
  if (got == 0) return EXIT_DONE;
  return say_error(x->say, say_status((int)got), "cannot read from the image: %s", taproot_sentence((int)got));
}

static int extract_file(struct extract *x, size_t i, int dir) {
  int fd = openat(dir, x->look->node[i].name, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
  if (fd < 0) return extract_fail(x, i, "cannot make the file", errno);
  int status = extract_content(x, i, fd);
  if (status == EXIT_DONE) status = extract_attributes(x, i, fd);
  if (close(fd) != 0 && status == EXIT_DONE) status = extract_fail(x, i, "cannot write", errno);
  return status;
}

/* A directory that is there already is used. */
static int extract_dir(struct extract *x, size_t i, int dir) {
  struct stat st;
  const char *name = x->look->node[i].name;
  if (mkdirat(dir, name, 0700) == 0) return EXIT_DONE;
  int error = errno;
  if (error == EEXIST && fstatat(dir, name, &st, AT_SYMLINK_NOFOLLOW) == 0 && S_ISDIR(st.st_mode)) return EXIT_DONE;
  return extract_fail(x, i, "cannot make the directory", error);
}

static int extract_symlink(struct extract *x, size_t i, int dir) {
  const struct node *n = &x->look->node[i];
  if (symlinkat(n->target, dir, n->name) != 0) return extract_fail(x, i, "cannot make the symlink", errno);
  return extract_attributes_at(x, i, dir);
}

static int extract_link(struct extract *x, size_t i, int dir) {
  const struct look *l = x->look;
  size_t first = l->node[i].first;
  int from = extract_directory(x, l->node[first].parent);
  int rc = from >= 0 ? linkat(from, l->node[first].name, dir, l->node[i].name, 0) : -1, error = errno;
  if (from >= 0) close(from);
  return rc == 0 ? EXIT_DONE : extract_fail(x, i, "cannot make the hard link", error);
}

/* Device nodes want root; each one that cannot be made is named, and the rest goes on. */
static int extract_special(struct extract *x, size_t i, int dir) {
  const struct node *n = &x->look->node[i];
  mode_t type = n->st.mode & MODE_TYPE;
  dev_t dev = type == MODE_FIFO ? 0 : makedev(n->st.rdev_major, n->st.rdev_minor);
  if (mknodat(dir, n->name, type | (n->st.mode & x->mask), dev) == 0) return extract_attributes_at(x, i, dir);
  if (errno != EPERM) return extract_fail(x, i, "cannot make the node", errno);
  x->status = extract_fail(x, i, "cannot make the device node (as root, or leave them out with --skip-devices)", EPERM);
  return EXIT_DONE;
}

/* --- one node --------------------------------------------------------------------------------------- */

/* Whatever has the name already goes, unless a directory is to stand where one stands. */
static int extract_clear(struct extract *x, size_t i, int dir) {
  struct stat st;
  const struct node *n = &x->look->node[i];
  bool wants_dir = (n->st.mode & MODE_TYPE) == MODE_DIR;
  if (fstatat(dir, n->name, &st, AT_SYMLINK_NOFOLLOW) != 0)
    return errno == ENOENT ? EXIT_DONE : extract_fail(x, i, "cannot look at what is there", errno);
  if (S_ISDIR(st.st_mode) && wants_dir) return EXIT_DONE;
  if (unlinkat(dir, n->name, S_ISDIR(st.st_mode) ? AT_REMOVEDIR : 0) == 0) return EXIT_DONE;
  return extract_fail(x, i, "cannot replace what is there", errno);
}

int extract_node(struct extract *x, size_t i) {
  const struct node *n = &x->look->node[i];
  uint32_t type = n->st.mode & MODE_TYPE;
  if (i == x->top) return EXIT_DONE;
  int dir = extract_parent(x, i);
  if (dir < 0) return extract_fail(x, i, "cannot reach its directory", errno);
  bool device = type == MODE_CHR || type == MODE_BLK;
  if (device && x->skip_devices) return EXIT_DONE;
  int status = extract_clear(x, i, dir);
  if (status != EXIT_DONE) return status;
  if (type == MODE_DIR) return extract_dir(x, i, dir);
  if (n->first != i && !(device && x->status != EXIT_DONE)) return extract_link(x, i, dir);
  if (type == MODE_FILE) return extract_file(x, i, dir);
  if (type == MODE_LINK) return extract_symlink(x, i, dir);
  return extract_special(x, i, dir);
}

int extract_finish(struct extract *x, size_t i) {
  int fd;
  if (i == x->top) {
    if (!x->own_root) return EXIT_DONE;
    fd = openat(x->root, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  } else {
    int dir = extract_parent(x, i);
    fd = dir < 0 ? -1 : openat(dir, x->look->node[i].name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
  }
  if (fd < 0) return extract_fail(x, i, "cannot open the directory again", errno);
  int status = extract_attributes(x, i, fd);
  close(fd);
  return status;
}
