/* kernel/plat/host/host_inner.h - what `struct plat` holds in a process. */
#ifndef HOST_INNER_H
#define HOST_INNER_H

#include "plat_host.h"

/* A stretch of reserved addresses; frame[i] is the frame behind its page i plus one, 0: not mapped. */
struct host_window {
  struct host_window *next;
  uint8_t *base;
  uint64_t pages;
  uint64_t *frame;
  uint64_t tables; /* frames taken for a machine's lowest page tables, from its first page on */
};

struct plat {
  struct machine machine;
  int memfd;
  uint8_t *direct;
  uint64_t bytes;
  int64_t wall_ns;
  uint64_t start_ns;
  struct host_window *windows;
  struct frames *frames; /* NULL: page tables cost nothing */
};

void host_windows_drop(struct plat *p);

#endif
