/* kernel/libtaproot/taproot_inner.h - one instance: a machine's memory, its file tree, and who looks at it. */
#ifndef TAPROOT_INNER_H
#define TAPROOT_INNER_H

#include "kernel/mem/heap_inner.h"
#include "kernel/mem/pages_inner.h"
#include "kernel/vfscore/vfs_inner.h"
#include "plat_host.h"
#include "taproot.h"

struct taproot {
  struct plat *plat;
  struct pages pages;
  struct heap heap;
  struct vfs vfs;
  struct fds *fds;
  struct inode *cwd; /* held */
  struct cred cred;
};

/* A name as the callbacks want it: NUL-terminated. */
struct taproot_each {
  int (*each)(void *arg, const struct taproot_dirent *d);
  void *arg;
};
int taproot_tell(struct taproot_each *e, const char *name, size_t len, uint64_t ino, uint32_t type);

void taproot_fill_stat(struct taproot *t, struct inode *i, struct taproot_stat *st);

#endif
