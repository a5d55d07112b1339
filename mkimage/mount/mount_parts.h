/* mkimage/mount/mount_parts.h - what the files of the mount share. */
#ifndef MKIMAGE_MOUNT_PARTS_H
#define MKIMAGE_MOUNT_PARTS_H

#define FUSE_USE_VERSION 314
#include <fuse3/fuse_lowlevel.h>

#include "mkimage/mount/mount.h"

/* --- mount_nodes.c: how often the kernel looked an inode up ---------------------------- */

struct nodes_row {
  taproot_ino ino; /* 0: free */
  uint64_t lookups;
};
struct nodes {
  struct nodes_row *row; /* open addressing; a power of two of them */
  size_t room, used;
};
/* One look-up more; *known: there was one before.  False: no memory. */
bool nodes_add(struct nodes *n, taproot_ino ino, bool *known);
/* So many less; true when none is left. */
bool nodes_forget(struct nodes *n, taproot_ino ino, uint64_t lookups);
void nodes_drop(struct nodes *n);

/* --- what is mounted --------------------------------------------------------------------- */

struct mount {
  struct taproot *t;
  bool fakeroot, changed;
  struct nodes nodes; /* the instance holds each of them once */
  char *buffer;       /* for one answer; one request is served at a time */
  size_t room;
};

static inline taproot_ino mount_ino(const struct mount *m, fuse_ino_t i) {
  return i == FUSE_ROOT_ID ? taproot_root(m->t) : i;
}

/* The mount of a request; its instance works as the caller from now on. */
struct mount *mount_of(fuse_req_t req);
/* At least n bytes; NULL: no memory. */
char *mount_buffer(struct mount *m, size_t n);

/* Answers with 0 or the code. */
void mount_answer(fuse_req_t req, int rc);
/* The same of a call that changes something. */
void mount_answer_change(struct mount *m, fuse_req_t req, int rc);

void mount_attributes(struct mount *m, taproot_ino i, struct stat *st);
/* The entry of an inode that was looked up once more; the kernel counts it with the answer.  0 or ERR_NOMEM. */
int mount_entry(struct mount *m, taproot_ino i, struct fuse_entry_param *e);
void mount_forget(struct mount *m, fuse_ino_t i, uint64_t lookups);

/* The calls: mount_names.c, mount_files.c, mount_attrs.c put theirs in. */
void mount_names_ops(struct fuse_lowlevel_ops *ops);
void mount_files_ops(struct fuse_lowlevel_ops *ops);
void mount_attrs_ops(struct fuse_lowlevel_ops *ops);

#endif
