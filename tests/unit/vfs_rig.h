/* tests/unit/vfs_rig.h - a machine's memory, a ramfs and a vfscore over it, for the tests of both rooms. */
#ifndef VFS_RIG_H
#define VFS_RIG_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <cmocka.h>

#include "kernel/mem/heap_inner.h"
#include "kernel/mem/pages_inner.h"
#include "kernel/ramfs/ramfs_inner.h"
#include "kernel/vfscore/vfs_inner.h"
#include "plat_host.h"

struct rig {
  struct plat *plat;
  struct pages ps;
  struct heap heap;
  struct vfs vfs;
  struct cred cred;
  uint64_t used; /* of the heap, before */
};

static inline int64_t rig_wall(void *owner) {
  struct timespec t;
  clock_gettime(CLOCK_REALTIME, &t);
  return (int64_t)t.tv_sec * 1000000000 + t.tv_nsec;
}
static inline unsigned rig_random(void *owner, void *bytes, size_t n) {
  memset(bytes, 0x5a, n);
  return 0;
}

/* Memory alone. */
static inline void rig_memory(struct rig *r, uint64_t mib) {
  memset(r, 0, sizeof *r);
  r->plat = plat_host_start(mib << 20, -1);
  assert_non_null(r->plat);
  const struct machine *m = plat_machine(r->plat);
  assert_int_equal(pages_start(&r->ps, plat_direct(r->plat), m->ram, m->ram_count, NULL, 0), 0);
  heap_start(&r->heap, &r->ps);
  r->used = heap_used(&r->heap);
}

static inline void rig_memory_end(struct rig *r) {
  pages_refuse(&r->ps, 0);
  assert_int_equal(heap_used(&r->heap), r->used);
  assert_null(heap_check(&r->heap));
  assert_null(pages_check(&r->ps));
  plat_host_stop(r->plat);
}

static inline void rig_start(struct rig *r, uint64_t mib) {
  static const struct vfs_hooks hooks = {rig_wall, rig_random, NULL};
  rig_memory(r, mib);
  assert_int_equal(vfs_start(&r->vfs, &r->heap, &hooks), 0);
  struct fs *fs = ramfs_make(&r->heap, vfs_now(&r->vfs));
  assert_non_null(fs);
  assert_int_equal(vfs_mount(&r->vfs, fs, NULL), 0);
  assert_int_equal(vfs_std_devices(&r->vfs), 0);
  r->cred.umask = 022;
}

static inline void rig_stop(struct rig *r) {
  vfs_stop(&r->vfs);
  rig_memory_end(r);
}

#endif
