/* kernel/libtaproot/taproot.c - an instance begins, ends, and shows its memory.
 *
 * Boot's order in small: RAM, pages, heap, vfs, a ramfs at the root, a table of descriptors.
 */
#include <stdlib.h>
#include <string.h>

#include "kernel/ramfs/ramfs.h"
#include "taproot_inner.h"

#define MEMORY_DEFAULT (UINT64_C(8) << 30)

static int64_t wall_ns(void *owner) { return plat_wall_ns(((struct taproot *)owner)->plat); }

static unsigned random_bytes(void *owner, void *bytes, size_t n) {
  return plat_random(((struct taproot *)owner)->plat, bytes, n);
}

static struct cred cred_of(const struct taproot_options *o) {
  return (struct cred){.uid = o->uid,
                       .euid = o->uid,
                       .suid = o->uid,
                       .fsuid = o->uid,
                       .gid = o->gid,
                       .egid = o->gid,
                       .sgid = o->gid,
                       .fsgid = o->gid,
                       .umask = o->umask & 0777};
}

static int start_tree(struct taproot *t) {
  const struct vfs_hooks hooks = {wall_ns, random_bytes, t};
  int rc = vfs_start(&t->vfs, &t->heap, &hooks);
  if (rc < 0) return rc;
  struct fs *fs = ramfs_make(&t->heap, vfs_now(&t->vfs));
  if (!fs) return ERR_NOMEM;
  if ((rc = vfs_mount(&t->vfs, fs, NULL)) < 0) return rc;
  t->cwd = fs_hold(vfs_root(&t->vfs));
  t->fds = fds_make(&t->vfs);
  if (!t->fds) return ERR_NOMEM;
  fds_limit(t->fds, VFS_FILES_MOST); /* a server's callers share the table */
  return vfs_std_devices(&t->vfs);
}

/* On failure the machine goes with all that lies in it. */
struct taproot *taproot_begin(const struct taproot_options *o, struct plat *plat, const struct range *busy,
                              unsigned busy_count) {
  struct taproot *t = plat ? calloc(1, sizeof *t) : NULL;
  if (!t) goto none;
  t->cred = cred_of(o);
  t->plat = plat;
  const struct machine *m = plat_machine(plat);
  if (pages_start(&t->pages, plat_direct(plat), m->ram, m->ram_count, busy, busy_count) < 0) goto none;
  heap_start(&t->heap, &t->pages);
  if (start_tree(t) < 0) goto none;
  return t;
none:
  plat_host_stop(plat);
  free(t);
  return NULL;
}

struct taproot *taproot_start(const struct taproot_options *options) {
  const struct taproot_options defaults = {.now_ns = -1}, *o = options ? options : &defaults;
  return taproot_begin(o, plat_host_start(o->memory ? o->memory : MEMORY_DEFAULT, o->now_ns), NULL, 0);
}

void taproot_stop(struct taproot *t) {
  if (!t) return;
  fds_drop(t->fds);
  fs_let_go(t->cwd);
  vfs_stop(&t->vfs);
  plat_host_stop(t->plat);
  free(t);
}

void taproot_memory(struct taproot *t, struct taproot_memory *m) {
  m->total = pages_total(&t->pages);
  m->free = pages_free(&t->pages);
  m->most_used = pages_most_used(&t->pages);
}

void taproot_refuse(struct taproot *t, uint64_t nth) { pages_refuse(&t->pages, nth); }

const char *taproot_check(struct taproot *t) {
  const char *wrong = pages_check(&t->pages);
  return wrong ? wrong : heap_check(&t->heap);
}

const char *taproot_sentence(int code) { return err_sentence(code); }
const char *taproot_version(void) { return TAPROOT_VERSION; }
