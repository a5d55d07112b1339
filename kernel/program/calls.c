/* kernel/program/calls.c - the table of system calls, made from calls_list.h, and the way through it. */
#include "kernel/program/calls.h"

#include <string.h>

typedef int64_t call_fn(struct thread *t, const uint64_t a[6]);

/* Numbers have gaps, and many are served by nobody: a byte for each leads to the function, two to the name. */
enum {
  AT_absent,
#define CALLS_AT(number, name) AT_##name,
  CALLS_LIST(CALLS_AT)
#undef CALLS_AT
      AT_end
};
_Static_assert(AT_end <= UINT8_MAX, "a byte leads to every function");

#define CALLS_SERVE(number, name) call_##name,
static call_fn *const serve[] = {NULL, CALLS_LIST(CALLS_SERVE)};
#undef CALLS_SERVE

#define CALLS_AT(number, name) [number] = AT_##name,
static const uint8_t served[] = {CALLS_LIST(CALLS_AT)};
#undef CALLS_AT

#define CALLS_MEMBER(number, name) char name[sizeof #name];
#define CALLS_TEXT(number, name)   #name,
static const struct names {
  char none[sizeof "of unknown name"];
  CALLS_LIST(CALLS_MEMBER) CALLS_ABSENT(CALLS_MEMBER)
} names = {"of unknown name", CALLS_LIST(CALLS_TEXT) CALLS_ABSENT(CALLS_TEXT)};
#define CALLS_NAME(number, name) [number] = offsetof(struct names, name),
static const uint16_t named[] = {CALLS_LIST(CALLS_NAME) CALLS_ABSENT(CALLS_NAME)};
#undef CALLS_MEMBER
#undef CALLS_TEXT
#undef CALLS_NAME

enum { SERVED = sizeof served, CALLS = sizeof named / sizeof named[0] };
_Static_assert((int)CALLS <= (int)PROCESS_CALLS, "one bit in struct process for each call");

static int64_t calls_absent(struct thread *t, uint64_t number) {
  struct process *p = t->process;
  uint64_t i = number < PROCESS_CALLS ? number : PROCESS_CALLS - 1; /* all that are beyond share a bit */
  if (p->absent_said[i / 8] & 1u << i % 8) return ERR_NOSYS;
  p->absent_said[i / 8] |= (uint8_t)(1u << i % 8);
  const char *name = (const char *)&names + (number < CALLS ? named[number] : 0);
  process_say(p, "program: system call %s (%llu) is not here: answered ENOSYS", name, (unsigned long long)number);
  return ERR_NOSYS;
}

int64_t calls_dispatch(struct thread *t, uint64_t number, const uint64_t a[6]) {
  unsigned at = number < SERVED ? served[number] : AT_absent;
  if (at == AT_absent) return calls_absent(t, number);
  t->call = (int64_t)number;
  int64_t result = serve[at](t, a);
  t->call = -1;
  return result;
}

bool calls_restart(uint64_t number) {
  /* read write open ioctl pread64 pwrite64 readv writev wait4 fcntl flock futex waitid openat preadv pwritev */
  static const uint16_t again[] = {0, 1, 2, 16, 17, 18, 19, 20, 40, 61, 72, 73, 202, 247, 257, 295, 296, 326, 327, 328};
  for (unsigned i = 0; i < sizeof again / sizeof again[0]; i++)
    if (again[i] == number) return true;
  return false;
}

int calls_file(struct thread *t, uint64_t fd, struct file **f) {
  int n = (int)fd;
  *f = n < 0 ? NULL : fds_get(t->process->fds, n);
  return *f ? 0 : ERR_BADF;
}

int calls_io_file(struct thread *t, uint64_t fd, struct file **f) {
  int e = calls_file(t, fd, f);
  if (e < 0) return e;
  file_writer(*f, &t->process->cred);
  return (*f)->flags & VFS_PATH ? ERR_BADF : 0;
}

int calls_dir(struct thread *t, uint64_t dirfd, const char *path, struct inode **dir) {
  struct file *f;
  *dir = t->process->cwd;
  if ((int)dirfd == LX_AT_FDCWD || path[0] == '/') return 0;
  int e = calls_file(t, dirfd, &f);
  if (e < 0) return e;
  if (!f->inode || (f->inode->mode & MODE_TYPE) != MODE_DIR) return ERR_NOTDIR;
  *dir = f->inode;
  return 0;
}

int calls_inode(struct thread *t, uint64_t dirfd, uint64_t path, unsigned flags, struct inode **inode,
                struct file **f) {
  struct process *p = t->process;
  struct inode *dir;
  *f = NULL;
  *inode = NULL;
  int e = flags & LX_AT_EMPTY_PATH ? user_path_or_empty(t, 0, path) : user_path(t, 0, path);
  if (e < 0) return e;
  if (!t->path[0][0] && (int)dirfd != LX_AT_FDCWD) {
    e = calls_file(t, dirfd, f);
    if (e == 0 && (*f)->inode) *inode = fs_hold((*f)->inode);
    return e;
  }
  e = calls_dir(t, dirfd, t->path[0], &dir);
  if (e < 0) return e;
  const char *what = t->path[0][0] ? t->path[0] : ".";
  return vfs_resolve(p->vfs, &p->cred, dir, what, flags & LX_AT_NOFOLLOW ? VFS_NO_FOLLOW : VFS_FOLLOW, inode);
}

void calls_cut(struct thread *t, const struct inode *file) {
  uint64_t end = (file->size + PAGE - 1) & ~(uint64_t)(PAGE - 1);
  vm_discard_file(t->process->vm, file, end, UINT64_MAX);
}
