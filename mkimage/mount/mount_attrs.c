/* mkimage/mount/mount_attrs.c - FUSE's calls on attributes: stat and its changes, access, extended attributes, space.
 */
#include <errno.h>
#include <sys/statvfs.h>
#include <sys/sysmacros.h>

#include "mkimage/mount/mount_parts.h"

/* --- stat ----------------------------------------------------------------------------------- */

void mount_attributes(struct mount *m, taproot_ino i, struct stat *st) {
  struct taproot_stat s;
  taproot_istat(m->t, i, &s);
  *st = (struct stat){.st_ino = s.ino,
                      .st_nlink = s.nlink,
                      .st_size = (off_t)s.size,
                      .st_blocks = (blkcnt_t)s.blocks,
                      .st_blksize = 4096,
                      .st_mode = s.mode,
                      .st_uid = s.uid,
                      .st_gid = s.gid,
                      .st_rdev = makedev(s.rdev_major, s.rdev_minor),
                      .st_atim = {s.atime_s, s.atime_ns},
                      .st_mtim = {s.mtime_s, s.mtime_ns},
                      .st_ctim = {s.ctime_s, s.ctime_ns}};
}

static void attrs_answer(struct mount *m, fuse_req_t req, fuse_ino_t i) {
  struct stat st;
  mount_attributes(m, mount_ino(m, i), &st);
  fuse_reply_attr(req, &st, 0);
}

static void attrs_get(fuse_req_t req, fuse_ino_t i, struct fuse_file_info *fi) { attrs_answer(mount_of(req), req, i); }

/* --- changes ----------------------------------------------------------------------------------- */

static struct timespec attrs_time(struct timespec given, int to_set, int set, int now) {
  if (to_set & now) return (struct timespec){.tv_nsec = UTIME_NOW};
  return to_set & set ? given : (struct timespec){.tv_nsec = UTIME_OMIT};
}

static int attrs_times(struct mount *m, taproot_ino i, const struct stat *st, int to_set) {
  enum { TIMES = FUSE_SET_ATTR_ATIME | FUSE_SET_ATTR_MTIME | FUSE_SET_ATTR_ATIME_NOW | FUSE_SET_ATTR_MTIME_NOW };
  if (!(to_set & TIMES)) return 0;
  const struct timespec times[2] = {attrs_time(st->st_atim, to_set, FUSE_SET_ATTR_ATIME, FUSE_SET_ATTR_ATIME_NOW),
                                    attrs_time(st->st_mtim, to_set, FUSE_SET_ATTR_MTIME, FUSE_SET_ATTR_MTIME_NOW)};
  return taproot_iutimens(m->t, i, times);
}

static int attrs_size(struct mount *m, taproot_ino i, uint64_t size, const struct fuse_file_info *fi) {
  if (fi == NULL) return taproot_itruncate(m->t, i, size);
  taproot_write_as_caller(m->t, (int)fi->fh);
  return taproot_ftruncate(m->t, (int)fi->fh, size);
}

/* The owner first: a new one takes set-id bits away, which a mode given with it may set again. */
static void attrs_set(fuse_req_t req, fuse_ino_t ino, struct stat *st, int to_set, struct fuse_file_info *fi) {
  struct mount *m = mount_of(req);
  taproot_ino i = mount_ino(m, ino);
  int rc = 0;
  if (to_set & (FUSE_SET_ATTR_UID | FUSE_SET_ATTR_GID))
    rc = taproot_ichown(m->t, i, to_set & FUSE_SET_ATTR_UID ? st->st_uid : UINT32_MAX,
                        to_set & FUSE_SET_ATTR_GID ? st->st_gid : UINT32_MAX);
  if (rc == 0 && (to_set & FUSE_SET_ATTR_MODE)) rc = taproot_ichmod(m->t, i, st->st_mode);
  if (rc == 0 && (to_set & FUSE_SET_ATTR_SIZE)) rc = attrs_size(m, i, (uint64_t)st->st_size, fi);
  if (rc == 0) rc = attrs_times(m, i, st, to_set);
  if (rc < 0) {
    mount_answer(req, rc);
    return;
  }
  m->changed = true;
  attrs_answer(m, req, ino);
}

static void attrs_access(fuse_req_t req, fuse_ino_t i, int want) {
  struct mount *m = mount_of(req);
  mount_answer(req, taproot_iaccess(m->t, mount_ino(m, i), want));
}

/* --- extended attributes ------------------------------------------------------------------------- */

static void attrs_answer_bytes(struct mount *m, fuse_req_t req, ssize_t n, size_t size) {
  if (n < 0)
    mount_answer(req, (int)n);
  else if (size == 0)
    fuse_reply_xattr(req, (size_t)n);
  else
    fuse_reply_buf(req, m->buffer, (size_t)n);
}

static void attrs_getxattr(fuse_req_t req, fuse_ino_t i, const char *name, size_t size) {
  struct mount *m = mount_of(req);
  char *out = mount_buffer(m, size);
  ssize_t n = out != NULL ? taproot_igetxattr(m->t, mount_ino(m, i), name, out, size) : -ENOMEM;
  attrs_answer_bytes(m, req, n, size);
}

static void attrs_listxattr(fuse_req_t req, fuse_ino_t i, size_t size) {
  struct mount *m = mount_of(req);
  char *out = mount_buffer(m, size);
  ssize_t n = out != NULL ? taproot_ilistxattr(m->t, mount_ino(m, i), out, size) : -ENOMEM;
  attrs_answer_bytes(m, req, n, size);
}

static void attrs_setxattr(fuse_req_t req, fuse_ino_t i, const char *name, const char *value, size_t n, int flags) {
  struct mount *m = mount_of(req);
  mount_answer_change(m, req, taproot_isetxattr(m->t, mount_ino(m, i), name, value, n, flags));
}

static void attrs_removexattr(fuse_req_t req, fuse_ino_t i, const char *name) {
  struct mount *m = mount_of(req);
  mount_answer_change(m, req, taproot_iremovexattr(m->t, mount_ino(m, i), name));
}

/* --- space ------------------------------------------------------------------------------------------ */

static void attrs_statfs(fuse_req_t req, fuse_ino_t i) {
  enum { BLOCK = 4096 };
  struct mount *m = mount_of(req);
  struct taproot_space s;
  taproot_space(m->t, &s);
  const struct statvfs v = {.f_bsize = BLOCK,
                            .f_frsize = BLOCK,
                            .f_blocks = s.bytes / BLOCK,
                            .f_bfree = s.bytes_free / BLOCK,
                            .f_bavail = s.bytes_free / BLOCK,
                            .f_files = s.inodes + s.inodes_free,
                            .f_ffree = s.inodes_free,
                            .f_favail = s.inodes_free,
                            .f_namemax = 255};
  fuse_reply_statfs(req, &v);
}

void mount_attrs_ops(struct fuse_lowlevel_ops *ops) {
  ops->getattr = attrs_get;
  ops->setattr = attrs_set;
  ops->access = attrs_access;
  ops->getxattr = attrs_getxattr;
  ops->listxattr = attrs_listxattr;
  ops->setxattr = attrs_setxattr;
  ops->removexattr = attrs_removexattr;
  ops->statfs = attrs_statfs;
}
