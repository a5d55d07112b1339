/* kernel/program/exec.h - a file of the root becomes the running program.
 *
 * The new address space is built whole beside the old one; only when nothing can fail any more does it take its
 * place, so that execve either replaces the program or leaves it as it was.
 */
#ifndef KERNEL_PROGRAM_EXEC_H
#define KERNEL_PROGRAM_EXEC_H

#include "kernel/program/thread.h"

enum { EXEC_ARGS = 2 << 20, EXEC_SCRIPTS = 5, EXEC_HEAD = 4096 };

/* Argument and environment strings, one after another with their NULs, in memory of the heap. */
struct exec_args {
  struct heap *heap;
  char *bytes;
  size_t used, room;
  size_t argc, envc;
  size_t env_at; /* where the environment begins */
  size_t wanted; /* after ERR_NOMEM: the bytes that could not be had */
};

int exec_add(struct exec_args *a, const char *string, size_t n); /* n without the NUL; ERR_TOOBIG, ERR_NOMEM */
void exec_drop(struct exec_args *a);

/* What a program needs to know to begin. */
struct exec_image {
  struct vm *vm;
  struct inode *file; /* held */
  uint64_t entry, phdr, phnum, base;
  bool stack_runs; /* PT_GNU_STACK asks for an executable stack */
  uint64_t bss_end;
};

/* exec_load.c: the segments of an opened file into image->vm; a sentence in `why`. */
int exec_load(struct exec_image *image, const uint8_t *head, size_t have, char *why, size_t why_size);
/* exec_stack.c: the stack with arguments and auxiliary vector; *sp is where it begins. */
int exec_stack(struct thread *t, struct exec_image *image, const struct exec_args *a, const char *name,
               const struct cred *cred, uint64_t stack_bytes, uint64_t *sp);

int exec_first(struct thread *t, const struct program_start *start, char *why, size_t why_size);
/* `path` relative to dir; open: the file itself (execveat with an empty path; `path` is then its name only), or NULL.
 */
int exec_replace(struct thread *t, struct inode *dir, struct inode *open, const char *path, struct exec_args *a);

#endif
