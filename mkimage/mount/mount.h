/* mkimage/mount/mount.h - an unpacked image as a file system of the host, through FUSE.
 *
 * What the kernel asks for is done by vfscore and ramfs in libtaproot, as the
 * caller who asks.  Nothing is cached that could be stale: attributes and names
 * are asked for each time.  Changes live in the instance's memory.
 */
#ifndef MKIMAGE_MOUNT_H
#define MKIMAGE_MOUNT_H

#include <taproot.h>

#include "mkimage/lib/say.h"

struct mount_plan {
  struct taproot *t;
  const struct say *say;
  const char *name;    /* what it is, for mount(8) */
  const char *dir;     /* where */
  const char *options; /* further options of fuse(8), separated by commas; NULL: none */
  bool read_only;
  bool fakeroot; /* every caller counts as user 0 */

  /* It is mounted: returns a descriptor that ends the mount when it can be read, or -1.  May be NULL.  Signals that
   * would end the mount are held back while it runs. */
  int (*ready)(void *arg);
  void *arg;
};

/* Serves until it is unmounted, or SIGINT, SIGTERM or SIGHUP unmounts it.  *changed: something was.  EXIT_DONE, or the
 * status with the error said. */
int mount_serve(const struct mount_plan *plan, bool *changed);

#endif
