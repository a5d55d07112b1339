/* mkimage/mount/mount_files.c - FUSE's calls on open files and directories. */
#include <errno.h>
#include <fcntl.h>

#include "mkimage/mount/mount_parts.h"

enum {
  FILES_KEPT = O_ACCMODE | O_EXCL | O_TRUNC | O_NONBLOCK | O_DIRECTORY | O_NOFOLLOW | O_NOATIME,
  FILES_EXEC = 040, /* the kernel's own: it opens a program to run it */
};

/* --- open and close ------------------------------------------------------------------------- */

/* A program that may be run need not be readable. */
static int files_open_program(struct mount *m, taproot_ino i) {
  static const struct taproot_caller root = {0};
  int rc = taproot_iaccess(m->t, i, X_OK);
  if (rc < 0) return rc;
  taproot_become(m->t, &root);
  return taproot_iopen(m->t, i, O_RDONLY);
}

/* Not O_APPEND: the kernel tells where each write goes, and those of a mapping go elsewhere.  What it has in its own
 * memory stays good, for nobody else changes a file's bytes. */
static void files_open(fuse_req_t req, fuse_ino_t ino, struct fuse_file_info *fi) {
  struct mount *m = mount_of(req);
  taproot_ino i = mount_ino(m, ino);
  int fd = fi->flags & FILES_EXEC ? files_open_program(m, i) : taproot_iopen(m->t, i, fi->flags & FILES_KEPT);
  if (fd < 0) {
    mount_answer(req, fd);
    return;
  }
  if (fi->flags & O_TRUNC) m->changed = true;
  fi->fh = (uint64_t)fd;
  fi->keep_cache = 1;
  if (fuse_reply_open(req, fi) == -ENOENT) taproot_close(m->t, fd);
}

static int files_make(struct mount *m, taproot_ino dir, const char *name, mode_t mode, struct fuse_file_info *fi,
                      struct fuse_entry_param *e) {
  taproot_ino i;
  int fd = taproot_openat(m->t, dir, name, (fi->flags & FILES_KEPT) | O_CREAT, mode);
  if (fd < 0) return fd;
  m->changed = true;
  int rc = taproot_resolveat(m->t, dir, name, false, &i);
  if (rc == 0) rc = mount_entry(m, i, e);
  fi->fh = (uint64_t)fd;
  fi->keep_cache = 1;
  if (rc < 0) taproot_close(m->t, fd);
  return rc;
}

static void files_create(fuse_req_t req, fuse_ino_t dir, const char *name, mode_t mode, struct fuse_file_info *fi) {
  struct mount *m = mount_of(req);
  struct fuse_entry_param e;
  int rc = files_make(m, mount_ino(m, dir), name, mode, fi, &e);
  if (rc < 0) {
    mount_answer(req, rc);
  } else if (fuse_reply_create(req, &e, fi) == -ENOENT) {
    taproot_close(m->t, (int)fi->fh);
    mount_forget(m, e.ino, 1);
  }
}

static void files_release(fuse_req_t req, fuse_ino_t i, struct fuse_file_info *fi) {
  struct mount *m = fuse_req_userdata(req);
  mount_answer(req, taproot_close(m->t, (int)fi->fh));
}

/* --- bytes -------------------------------------------------------------------------------------- */

static void files_read(fuse_req_t req, fuse_ino_t i, size_t size, off_t at, struct fuse_file_info *fi) {
  struct mount *m = mount_of(req);
  char *out = mount_buffer(m, size);
  ssize_t n = out != NULL ? taproot_pread(m->t, (int)fi->fh, out, size, (uint64_t)at) : -ENOMEM;
  if (n < 0)
    mount_answer(req, (int)n);
  else
    fuse_reply_buf(req, out, (size_t)n);
}

/* What comes out of a mapping is nobody's call. */
static void files_write(fuse_req_t req, fuse_ino_t i, const char *bytes, size_t size, off_t at,
                        struct fuse_file_info *fi) {
  struct mount *m = mount_of(req);
  if (!fi->writepage) taproot_write_as_caller(m->t, (int)fi->fh);
  ssize_t n = taproot_pwrite(m->t, (int)fi->fh, bytes, size, (uint64_t)at);
  if (n < 0) {
    mount_answer(req, (int)n);
    return;
  }
  m->changed = true;
  fuse_reply_write(req, (size_t)n);
}

static void files_allocate(fuse_req_t req, fuse_ino_t i, int mode, off_t at, off_t n, struct fuse_file_info *fi) {
  struct mount *m = mount_of(req);
  taproot_write_as_caller(m->t, (int)fi->fh);
  mount_answer_change(m, req, taproot_fallocate(m->t, (int)fi->fh, mode, (uint64_t)at, (uint64_t)n));
}

static void files_copy(fuse_req_t req, fuse_ino_t in, off_t in_at, struct fuse_file_info *in_fi, fuse_ino_t out,
                       off_t out_at, struct fuse_file_info *out_fi, size_t size, int flags) {
  struct mount *m = mount_of(req);
  taproot_write_as_caller(m->t, (int)out_fi->fh);
  ssize_t n = taproot_copy(m->t, (int)in_fi->fh, (uint64_t)in_at, (int)out_fi->fh, (uint64_t)out_at, size);
  if (n < 0) {
    mount_answer(req, (int)n);
    return;
  }
  m->changed = m->changed || n > 0;
  fuse_reply_write(req, (size_t)n);
}

static void files_seek(fuse_req_t req, fuse_ino_t i, off_t at, int whence, struct fuse_file_info *fi) {
  struct mount *m = mount_of(req);
  int64_t to = taproot_lseek(m->t, (int)fi->fh, at, whence);
  if (to < 0)
    mount_answer(req, (int)to);
  else
    fuse_reply_lseek(req, (off_t)to);
}

/* --- directories ----------------------------------------------------------------------------------- */

static void files_opendir(fuse_req_t req, fuse_ino_t i, struct fuse_file_info *fi) {
  struct mount *m = mount_of(req);
  int fd = taproot_iopen(m->t, mount_ino(m, i), O_RDONLY | O_DIRECTORY);
  if (fd < 0) {
    mount_answer(req, fd);
    return;
  }
  fi->fh = (uint64_t)fd;
  if (fuse_reply_open(req, fi) == -ENOENT) taproot_close(m->t, fd);
}

struct listing {
  fuse_req_t req;
  char *out;
  size_t used, room;
};

static int files_list_one(void *arg, const struct taproot_dirent *d) {
  struct listing *l = arg;
  const struct stat st = {.st_ino = d->ino, .st_mode = d->mode};
  size_t n = fuse_add_direntry(l->req, l->out + l->used, l->room - l->used, d->name, &st, (off_t)d->next);
  if (n > l->room - l->used) return 1; /* it comes first the next time */
  l->used += n;
  return 0;
}

static void files_readdir(fuse_req_t req, fuse_ino_t i, size_t size, off_t from, struct fuse_file_info *fi) {
  struct mount *m = mount_of(req);
  struct listing l = {.req = req, .out = mount_buffer(m, size), .room = size};
  int rc = l.out != NULL ? taproot_list_from(m->t, (int)fi->fh, (uint64_t)from, files_list_one, &l) : -ENOMEM;
  if (rc < 0)
    mount_answer(req, rc);
  else
    fuse_reply_buf(req, l.out, l.used);
}

void mount_files_ops(struct fuse_lowlevel_ops *ops) {
  ops->open = files_open;
  ops->create = files_create;
  ops->release = files_release;
  ops->read = files_read;
  ops->write = files_write;
  ops->fallocate = files_allocate;
  ops->copy_file_range = files_copy;
  ops->lseek = files_seek;
  ops->opendir = files_opendir;
  ops->readdir = files_readdir;
  ops->releasedir = files_release;
}
