/* kernel/ramfs/ramfs.h - the file system in memory: names and inodes, bytes in extents or arena slices. */
#ifndef KERNEL_RAMFS_RAMFS_H
#define KERNEL_RAMFS_RAMFS_H

#include "kernel/fs.h"

/* A new, empty file system: root 0755, owner 0:0, stamps `now`.  NULL: no memory.
 * It ends by fs->ops->stop(fs). */
struct fs *ramfs_make(struct heap *heap, struct stamp now);

#endif
