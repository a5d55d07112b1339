/* kernel/vfscore/io.c - struct io over kernel memory. */
#include <string.h>

#include "kernel/vfscore/vfscore.h"

static void memory_on(struct io_memory *m, size_t n) {
  m->at += n;
  m->io.left -= n;
}
static int memory_into(struct io *io, void *kernel, size_t n) {
  struct io_memory *m = (struct io_memory *)io;
  memcpy(m->at, kernel, n);
  memory_on(m, n);
  return 0;
}
static int memory_from(struct io *io, void *kernel, size_t n) {
  struct io_memory *m = (struct io_memory *)io;
  memcpy(kernel, m->at, n);
  memory_on(m, n);
  return 0;
}
static int memory_zero(struct io *io, size_t n) {
  struct io_memory *m = (struct io_memory *)io;
  memset(m->at, 0, n);
  memory_on(m, n);
  return 0;
}

void io_read_into(struct io_memory *m, void *to, uint64_t n) {
  *m = (struct io_memory){{n, memory_into, memory_zero}, to};
}
void io_write_from(struct io_memory *m, const void *from, uint64_t n) {
  *m = (struct io_memory){{n, memory_from, NULL}, (uint8_t *)(uintptr_t)from};
}
