/* kernel/program/exec.c - finding the program (through #! lines), building it, and putting it in the old one's place.
 */
#include "kernel/program/exec.h"

#include <stdio.h>
#include <string.h>

#include "formats/bytes.h"
#include "kernel/program/signal.h"

enum { EXEC_LINE = 256 };

int exec_add(struct exec_args *a, const char *string, size_t n) {
  if (n >= EXEC_ARGS - a->used) return ERR_TOOBIG;
  if (a->used + n + 1 > a->room) {
    size_t room = a->room ? a->room : 4096;
    while (room < a->used + n + 1) room *= 2;
    char *bytes = heap_take(a->heap, room);
    if (!bytes) return a->wanted = room, ERR_NOMEM;
    if (a->used) memcpy(bytes, a->bytes, a->used);
    heap_give(a->heap, a->bytes);
    a->bytes = bytes;
    a->room = room;
  }
  memcpy(a->bytes + a->used, string, n);
  a->bytes[a->used + n] = 0;
  a->used += n + 1;
  return 0;
}

void exec_drop(struct exec_args *a) {
  heap_give(a->heap, a->bytes);
  a->bytes = NULL;
  a->used = a->room = 0;
}

static int exec_add_all(struct exec_args *a, const char *const *strings, size_t *count) {
  int e = 0;
  for (; e == 0 && strings[*count]; ++*count) e = exec_add(a, strings[*count], strlen(strings[*count]));
  return e;
}

/* The first bytes of a file; how many. */
static size_t exec_head(struct inode *file, uint8_t *head) {
  size_t have = 0;
  while (have < EXEC_HEAD) {
    uint64_t n = 0;
    const uint8_t *from = file->fs->ops->span(file, have, EXEC_HEAD - have, &n);
    if (n == 0) break;
    if (from)
      memcpy(head + have, from, n);
    else
      memset(head + have, 0, n);
    have += n;
  }
  return have;
}

/* Where a program comes from: a path, or a file that is open already. */
struct exec_from {
  struct inode *dir, *open;
  const char *path;
};

static int exec_find(struct process *p, const struct exec_from *from, struct inode **file) {
  int e = 0;
  if (from->open)
    *file = fs_hold(from->open);
  else
    e = vfs_resolve(p->vfs, &p->cred, from->dir, from->path, VFS_FOLLOW, file);
  if (e < 0) return e;
  if (((*file)->mode & MODE_TYPE) != MODE_FILE)
    e = ERR_ACCES;
  else
    e = vfs_access(p->vfs, &p->cred, *file, VFS_X, false);
  if (e < 0) fs_let_go(*file);
  return e;
}

/* "#! interpreter argument": both NUL-terminated inside line; *argument NULL when there is none. */
static int exec_script_line(char *line, char **interpreter, char **argument) {
  char *end = line + strcspn(line, "\n"), *s = line + 2;
  if (!*end && strlen(line) == EXEC_LINE - 1) return ERR_NOEXEC;
  while (end > s && (end[-1] == ' ' || end[-1] == '\t')) end--;
  *end = 0;
  s += strspn(s, " \t");
  if (!*s) return ERR_NOEXEC;
  *interpreter = s;
  s += strcspn(s, " \t");
  *argument = NULL;
  if (!*s) return 0;
  *s++ = 0;
  s += strspn(s, " \t");
  if (*s) *argument = s;
  return 0;
}

/* The arguments again, with the interpreter, its argument and the script's path in place of argv[0]. */
static int exec_script_args(struct exec_args *a, const char *interpreter, const char *argument, const char *script) {
  struct exec_args now = {.heap = a->heap};
  size_t first = a->argc ? strlen(a->bytes) + 1 : 0;
  int e = exec_add(&now, interpreter, strlen(interpreter));
  if (e == 0 && argument) e = exec_add(&now, argument, strlen(argument));
  if (e == 0) e = exec_add(&now, script, strlen(script));
  now.argc = 2 + (argument ? 1 : 0) + (a->argc ? a->argc - 1 : 0);
  now.envc = a->envc;
  for (size_t at = first, n; e == 0 && at < a->used; at += n + 1) {
    if (at == a->env_at) now.env_at = now.used;
    n = strlen(a->bytes + at);
    e = exec_add(&now, a->bytes + at, n);
  }
  if (a->env_at >= a->used) now.env_at = now.used;
  if (e < 0) {
    exec_drop(&now);
    return e;
  }
  exec_drop(a);
  *a = now;
  return 0;
}

/* What one attempt to start a file works with; too large for the stack. */
struct exec_try {
  uint8_t head[EXEC_HEAD];
  char line[EXEC_LINE];
  char name[LIMIT_PATH];
};

/* Follows #! lines from try->name to a file that is none. */
static int exec_program_file(struct process *p, struct exec_from from, struct exec_try *try, struct exec_args *a,
                             struct inode **file, size_t *have) {
  for (int depth = 0;; depth++) {
    int e = exec_find(p, &from, file);
    if (e < 0) return e;
    *have = exec_head(*file, try->head);
    if (*have < 2 || try->head[0] != '#' || try->head[1] != '!') return 0;
    fs_let_go(*file);
    if (depth == EXEC_SCRIPTS) return ERR_LOOP;
    size_t n = *have < EXEC_LINE - 1 ? *have : EXEC_LINE - 1;
    char *interpreter, *argument;
    memcpy(try->line, try->head, n);
    try->line[n] = 0;
    e = exec_script_line(try->line, &interpreter, &argument);
    if (e == 0) e = exec_script_args(a, interpreter, argument, try->name);
    if (e < 0) return e;
    memcpy(try->name, interpreter, strlen(interpreter) + 1);
    from = (struct exec_from){.dir = from.dir, .path = try->name};
  }
}

static void exec_set_ids(const struct inode *file, struct cred *c) {
  if (file->mode & 04000) c->euid = file->uid;
  if ((file->mode & 02010) == 02010) c->egid = file->gid;
  c->suid = c->fsuid = c->euid;
  c->sgid = c->fsgid = c->egid;
}

static void exec_name(struct process *p, const char *path) {
  const char *base = strrchr(path, '/');
  snprintf(p->name, sizeof p->name, "%s", base ? base + 1 : path);
}

/* From here on nothing fails. */
static void exec_switch(struct thread *t, struct exec_image *image, const struct cred *cred, uint64_t sp) {
  struct process *p = t->process;
  struct vm *old = p->vm;
  p->vm = image->vm;
  p->vm->brk_start = p->vm->brk = image->bss_end;
  p->cred = *cred;
  plat_space_use(p->plat, p->vm->space);
  if (old) vm_drop(old);
  signal_exec(t);
  fds_exec(p->fds);
  memset(&t->regs, 0, sizeof t->regs);
  t->regs.rip = image->entry;
  t->regs.rsp = sp;
  t->regs.rflags = 0x202;
  t->regs_set = true;
  t->clear_tid = 0;
  plat_fpu_reset(p->plat);
}

static uint64_t exec_stack_bytes(const struct process *p) {
  uint64_t n = p->limit[LX_RLIMIT_STACK].now, most = 1ull << 30, least = 4 * (uint64_t)EXEC_ARGS;
  n = n > most ? most : n < least ? least : n;
  return bytes_round_up(n, PAGE);
}

static void exec_no_memory(uint64_t wanted, uint64_t left, char *why, size_t why_size) {
  snprintf(why, why_size, "not enough memory to start it (%llu bytes wanted in one piece, %llu left)",
           (unsigned long long)wanted, (unsigned long long)left);
}

/* While an address space is made: what a page of it or a table wanted. */
static void exec_no_page(struct process *p, const struct vm *vm, char *why, size_t why_size) {
  if (vm && vm->wanted_and_had[0])
    exec_no_memory(vm->wanted_and_had[0], vm->wanted_and_had[1], why, why_size);
  else
    exec_no_memory(PAGE, pages_free(heap_pages(p->heap)), why, why_size);
}

static int exec_build(struct thread *t, struct exec_try *try, struct inode *file, size_t have, const char *execfn,
                      const struct exec_args *a, char *why, size_t why_size) {
  struct process *p = t->process;
  struct cred cred = p->cred;
  uint64_t sp = 0, stack = exec_stack_bytes(p);
  struct exec_image image = {.file = file, .vm = vm_make(p->plat, p->heap, p->vfs, stack)};
  int e = image.vm ? exec_load(&image, try->head, have, why, why_size) : ERR_NOMEM;
  exec_set_ids(file, &cred);
  if (e == 0) e = exec_stack(t, &image, a, execfn, &cred, stack, &sp);
  if (e == ERR_NOMEM) exec_no_page(p, image.vm, why, why_size);
  if (e < 0) {
    if (image.vm) vm_drop(image.vm);
    return e;
  }
  exec_switch(t, &image, &cred, sp);
  exec_name(p, execfn);
  return 0;
}

static int exec_start(struct thread *t, const struct exec_from *from, struct exec_args *a, char *why, size_t why_size) {
  struct process *p = t->process;
  struct inode *file;
  size_t have, n = strlen(from->path);
  if (n >= LIMIT_PATH) return ERR_NAMETOOLONG;
  struct exec_try *try = heap_take(p->heap, sizeof *try);
  if (!try) return a->wanted = sizeof *try, ERR_NOMEM;
  memcpy(try->name, from->path, n + 1);
  int e = exec_program_file(p, *from, try, a, &file, &have);
  if (e == 0) {
    e = exec_build(t, try, file, have, from->path, a, why, why_size);
    fs_let_go(file);
  }
  heap_give(p->heap, try);
  return e;
}

int exec_first(struct thread *t, const struct program_start *start, char *why, size_t why_size) {
  struct process *p = t->process;
  struct exec_args a = {.heap = p->heap};
  char reason[160] = "";
  int e = exec_add_all(&a, start->argv, &a.argc);
  a.env_at = a.used;
  if (e == 0) e = exec_add_all(&a, start->envp, &a.envc);
  struct exec_from from = {.dir = p->cwd, .path = start->path};
  if (e == 0) e = exec_start(t, &from, &a, reason, sizeof reason);
  if (e == ERR_NOMEM && !reason[0]) exec_no_memory(a.wanted, pages_free(heap_pages(p->heap)), reason, sizeof reason);
  exec_drop(&a);
  if (e < 0) snprintf(why, why_size, "'%s': %s", start->path, reason[0] ? reason : err_sentence(e));
  return e;
}

int exec_replace(struct thread *t, struct inode *dir, struct inode *open, const char *path, struct exec_args *a) {
  char why[80];
  struct exec_from from = {dir, open, path};
  return exec_start(t, &from, a, why, sizeof why);
}
