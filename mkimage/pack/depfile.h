/* mkimage/pack/depfile.h - what an image was made of, as a rule for make.
 *
 *     hello-kvm-x86_64.elf: app.cfg rootfs rootfs/bin rootfs/bin/hello ...
 *
 * and an empty rule for each of them (as gcc -MP), so that make goes on when
 * one is removed.  Directories are among them: a file that comes or goes
 * changes its directory.  Symlinks are not, for make would follow them.
 */
#ifndef MKIMAGE_DEPFILE_H
#define MKIMAGE_DEPFILE_H

#include "mkimage/tree/tree.h"

struct depfile {
  const char **target; /* what is made */
  size_t targets;
  const char **from; /* files beside the rootfs: app.cfg, kernels, sources of `files` */
  size_t froms;
  const char *rootfs; /* a directory, an archive, or "-" */
  const struct tree *tree;
};

/* Writes the rules to `path`, whole or not at all.  EXIT_DONE, or a status with the error said. */
int depfile_write(const struct depfile *d, const struct say *say, const char *path);

#endif
