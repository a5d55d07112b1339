/* kernel/vfscore/lock.c - record locks as fcntl(2) has them.
 *
 * Floor 4.  A list at the inode, in no order: each lock is one run of bytes of one owner.  Setting takes the
 * owner's old locks out of the range first, so a new one replaces, shortens or splits them; locks of one kind that
 * touch become one.
 */
#include "kernel/vfscore/vfs_inner.h"

enum { LOCK_READ = 0, LOCK_WRITE = 1, LOCK_NONE = 2 };

struct lock {
  struct lock *next;
  struct vfs_lock l;
};

static struct lock **locks_of(const struct file *f) {
  struct extra *e = f->inode ? f->inode->extra : NULL;
  return e ? &e->locks : NULL;
}

static bool overlap(const struct vfs_lock *a, const struct vfs_lock *b) {
  return a->start < b->end && b->start < a->end;
}

static const struct lock *lock_conflict(const struct file *f, const struct vfs_lock *want) {
  struct lock **list = locks_of(f);
  for (const struct lock *l = list ? *list : NULL; l; l = l->next)
    if (l->l.owner != want->owner && overlap(&l->l, want) && (l->l.type == LOCK_WRITE || want->type == LOCK_WRITE))
      return l;
  return NULL;
}

/* Frees [start, end) of an owner's locks; *spare serves when one is split. */
static void lock_cut(struct vfs *v, struct lock **list, const struct vfs_lock *range, struct lock **spare) {
  for (struct lock **at = list; *at;) {
    struct lock *l = *at;
    if (l->l.owner != range->owner || !overlap(&l->l, range)) {
      at = &l->next;
    } else if (l->l.start < range->start && l->l.end > range->end) {
      struct lock *tail = *spare;
      *spare = NULL;
      *tail = *l;
      tail->l.start = range->end;
      l->l.end = range->start;
      l->next = tail;
      return;
    } else if (l->l.start < range->start) {
      l->l.end = range->start;
      at = &l->next;
    } else if (l->l.end > range->end) {
      l->l.start = range->end;
      at = &l->next;
    } else {
      *at = l->next;
      heap_give(v->heap, l);
    }
  }
}

/* The new lock takes in those of its owner and kind that it touches. */
static void lock_join(struct vfs *v, struct lock **list, struct lock *fresh) {
  for (struct lock **at = list; *at;) {
    struct lock *l = *at;
    bool same = l->l.owner == fresh->l.owner && l->l.type == fresh->l.type;
    if (!same || (l->l.end != fresh->l.start && l->l.start != fresh->l.end)) {
      at = &l->next;
      continue;
    }
    if (l->l.start < fresh->l.start) fresh->l.start = l->l.start;
    if (l->l.end > fresh->l.end) fresh->l.end = l->l.end;
    *at = l->next;
    heap_give(v->heap, l);
  }
}

static int lock_check(const struct file *f, const struct vfs_lock *l) {
  if (!f->inode || (f->flags & VFS_PATH)) return ERR_BADF;
  if (l->type < LOCK_READ || l->type > LOCK_NONE || l->start >= l->end) return ERR_INVAL;
  return 0;
}

/* A lock on bytes wants the file open for what it locks out; one behind every byte (flock) does not. */
static bool lock_allowed(const struct file *f, const struct vfs_lock *want) {
  if (want->type == LOCK_NONE || want->start > INT64_MAX) return true;
  return want->type == LOCK_READ ? file_reads(f) : file_writes(f);
}

int file_lock_set(struct file *f, const struct vfs_lock *want) {
  struct vfs *v = f->vfs;
  int rc = lock_check(f, want);
  if (rc) return rc;
  if (!lock_allowed(f, want)) return ERR_BADF;
  if (want->type != LOCK_NONE && lock_conflict(f, want)) return ERR_AGAIN;
  struct extra *e = extra_of(v, f->inode);
  struct lock *fresh = heap_take(v->heap, sizeof *fresh), *spare = heap_take(v->heap, sizeof *spare);
  if (e && fresh && spare) {
    lock_cut(v, &e->locks, want, &spare);
    if (want->type != LOCK_NONE) {
      *fresh = (struct lock){NULL, *want};
      lock_join(v, &e->locks, fresh);
      fresh->next = e->locks;
      e->locks = fresh;
      fresh = NULL;
    }
  } else {
    rc = ERR_NOMEM;
  }
  heap_give(v->heap, fresh);
  heap_give(v->heap, spare);
  extra_tidy(v, f->inode);
  return rc;
}

int file_lock_test(struct file *f, struct vfs_lock *l) {
  int rc = lock_check(f, l);
  if (rc) return rc;
  if (l->type == LOCK_NONE) return ERR_INVAL;
  const struct lock *other = lock_conflict(f, l);
  if (other)
    *l = other->l;
  else
    l->type = LOCK_NONE;
  return 0;
}

void lock_release(struct file *f) {
  struct lock **list = locks_of(f), *spare = NULL;
  struct vfs_lock all = {LOCK_NONE, 0, UINT64_MAX, f->lock_owner};
  if (!list || !*list) return;
  lock_cut(f->vfs, list, &all, &spare);
  extra_tidy(f->vfs, f->inode);
}
