/* kernel/libtaproot/taproot_inner.h - one instance: a machine's memory, its file tree, and who looks at it. */
#ifndef TAPROOT_INNER_H
#define TAPROOT_INNER_H

#include "formats/elf.h"
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
  struct range *future; /* RAM that taproot_need has not plugged in yet */
};

/* An instance over a machine (NULL: none; stopped on failure), of whose RAM some ranges are not free. */
struct taproot *taproot_begin(const struct taproot_options *o, struct plat *plat, const struct range *busy,
                              unsigned busy_count);

/* An image's last segment to be loaded, the machine's payload, and the address at which the first one lies.  0 or the
 * flaw's code. */
int taproot_payload(const uint8_t *image, size_t n, struct elf_segment *payload, uint64_t *base, struct flaw *flaw);
void taproot_tell_flaw(const struct flaw *flaw, struct taproot_flaw *out); /* out may be NULL */

/* A name as the callbacks want it: NUL-terminated. */
struct taproot_each {
  int (*each)(void *arg, const struct taproot_dirent *d);
  void *arg;
};
int taproot_tell(struct taproot_each *e, const char *name, size_t len, uint64_t ino, uint32_t type, uint64_t next);

void taproot_fill_stat(struct taproot *t, struct inode *i, struct taproot_stat *st);

#endif
