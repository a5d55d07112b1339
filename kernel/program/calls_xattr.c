/* kernel/program/calls_xattr.c - extended attributes, by path and by descriptor. */
#include "kernel/program/calls.h"

#define CWD ((uint64_t)LX_AT_FDCWD)
enum how { BY_PATH, BY_LINK, BY_FILE };

/* The inode that the call means, held; NULL: a pipe, which has none. */
static int inode_of(struct thread *t, enum how how, uint64_t what, struct inode **i) {
  struct file *f;
  *i = NULL;
  if (how != BY_FILE) return calls_inode(t, CWD, what, how == BY_LINK ? LX_AT_NOFOLLOW : 0, i, &f);
  int e = calls_io_file(t, what, &f);
  if (e == 0 && f->inode) *i = fs_hold(f->inode);
  return e;
}

static void let_go(struct inode *i) {
  if (i) fs_let_go(i);
}

/* Copied to path[1]. */
static int name_in(struct thread *t, uint64_t from) {
  int64_t n = user_string(t, t->path[1], LIMIT_ATTR_NAME + 1, from);
  return n == 0 || n == ERR_NAMETOOLONG ? ERR_RANGE : n < 0 ? (int)n : 0;
}

/* --- set and remove -------------------------------------------------------------- */

static int64_t set(struct thread *t, struct inode *i, const void *value, const uint64_t a[6]) {
  struct process *p = t->process;
  return i ? vfs_xattr_set(p->vfs, &p->cred, i, t->path[1], value, a[3], (unsigned)a[4]) : ERR_PERM;
}

static int64_t set_from(struct thread *t, enum how how, const uint64_t a[6]) {
  struct inode *i;
  if ((unsigned)a[4] & ~(unsigned)(VFS_XATTR_CREATE | VFS_XATTR_REPLACE)) return ERR_INVAL;
  int64_t e = name_in(t, a[1]);
  if (e == 0 && a[3] > LIMIT_ATTR_VALUE) e = ERR_TOOBIG;
  if (e < 0) return e;
  void *value = heap_take(t->process->heap, a[3]);
  if (!value) return ERR_NOMEM;
  e = user_in(t, value, a[2], a[3]);
  if (e == 0) e = inode_of(t, how, a[0], &i);
  if (e == 0) {
    e = set(t, i, value, a);
    let_go(i);
  }
  heap_give(t->process->heap, value);
  return e;
}
int64_t call_setxattr(struct thread *t, const uint64_t a[6]) { return set_from(t, BY_PATH, a); }
int64_t call_lsetxattr(struct thread *t, const uint64_t a[6]) { return set_from(t, BY_LINK, a); }
int64_t call_fsetxattr(struct thread *t, const uint64_t a[6]) { return set_from(t, BY_FILE, a); }

static int64_t remove_from(struct thread *t, enum how how, const uint64_t a[6]) {
  struct process *p = t->process;
  struct inode *i;
  int e = name_in(t, a[1]);
  if (e == 0) e = inode_of(t, how, a[0], &i);
  if (e < 0) return e;
  e = i ? vfs_xattr_remove(p->vfs, &p->cred, i, t->path[1]) : ERR_PERM;
  let_go(i);
  return e;
}
int64_t call_removexattr(struct thread *t, const uint64_t a[6]) { return remove_from(t, BY_PATH, a); }
int64_t call_lremovexattr(struct thread *t, const uint64_t a[6]) { return remove_from(t, BY_LINK, a); }
int64_t call_fremovexattr(struct thread *t, const uint64_t a[6]) { return remove_from(t, BY_FILE, a); }

/* --- get and list ------------------------------------------------------------------ */

/* Room 0 asks for the size alone. */
static int64_t get(struct thread *t, struct inode *i, uint64_t to, uint64_t room) {
  const uint8_t *value;
  struct process *p = t->process;
  int64_t n = i ? vfs_xattr_get(p->vfs, &p->cred, i, t->path[1], &value) : ERR_NODATA;
  if (n < 0 || room == 0) return n;
  if (room < (uint64_t)n) return ERR_RANGE;
  int e = user_out(t, to, value, (size_t)n);
  return e < 0 ? e : n;
}

static int64_t get_from(struct thread *t, enum how how, const uint64_t a[6]) {
  struct inode *i;
  int64_t e = name_in(t, a[1]);
  if (e == 0) e = inode_of(t, how, a[0], &i);
  if (e < 0) return e;
  e = get(t, i, a[2], a[3]);
  let_go(i);
  return e;
}
int64_t call_getxattr(struct thread *t, const uint64_t a[6]) { return get_from(t, BY_PATH, a); }
int64_t call_lgetxattr(struct thread *t, const uint64_t a[6]) { return get_from(t, BY_LINK, a); }
int64_t call_fgetxattr(struct thread *t, const uint64_t a[6]) { return get_from(t, BY_FILE, a); }

struct list {
  struct thread *thread; /* NULL: the names are measured */
  uint64_t to, done;
};

static int list_name(void *arg, const char *name, size_t len) {
  struct list *l = arg;
  int e = l->thread ? user_out(l->thread, l->to + l->done, name, len) : 0;
  if (e == 0 && l->thread) e = user_zero(l->thread, l->to + l->done + len, 1);
  l->done += len + 1;
  return e;
}

static int64_t list(struct thread *t, struct inode *i, uint64_t to, uint64_t room) {
  struct process *p = t->process;
  struct list sum = {NULL, 0, 0}, out = {t, to, 0};
  vfs_xattr_list(p->vfs, &p->cred, i, list_name, &sum);
  if (room == 0) return (int64_t)sum.done;
  if (room < sum.done && room < LIMIT_ATTR_LIST) return ERR_RANGE;
  if (sum.done > LIMIT_ATTR_LIST) return ERR_TOOBIG;
  int e = vfs_xattr_list(p->vfs, &p->cred, i, list_name, &out);
  return e < 0 ? e : (int64_t)sum.done;
}

static int64_t list_from(struct thread *t, enum how how, const uint64_t a[6]) {
  struct inode *i;
  int64_t e = inode_of(t, how, a[0], &i);
  if (e < 0 || !i) return e;
  e = list(t, i, a[1], a[2]);
  let_go(i);
  return e;
}
int64_t call_listxattr(struct thread *t, const uint64_t a[6]) { return list_from(t, BY_PATH, a); }
int64_t call_llistxattr(struct thread *t, const uint64_t a[6]) { return list_from(t, BY_LINK, a); }
int64_t call_flistxattr(struct thread *t, const uint64_t a[6]) { return list_from(t, BY_FILE, a); }
