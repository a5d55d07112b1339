/* kernel/plat/host/plat_host.c - RAM, clock and chance of a machine inside a process.
 *
 * Nothing here is global: a process may hold as many machines as it has addresses for.
 */
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/random.h>
#include <time.h>
#include <unistd.h>

#include "host_inner.h"

static bool host_ram(struct plat *p, uint64_t memory) {
  p->bytes = memory;
  p->memfd = memfd_create("taproot", MFD_CLOEXEC);
  if (p->memfd < 0 || ftruncate(p->memfd, (off_t)memory) < 0) return false;
  void *at = mmap(NULL, memory, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_NORESERVE, p->memfd, 0);
  p->direct = at == MAP_FAILED ? NULL : at;
  return p->direct != NULL;
}

struct plat *plat_host_start_like(const struct range *ram, unsigned ram_count, int64_t wall_ns) {
  struct plat *p = calloc(1, sizeof *p);
  if (!p) return NULL;
  p->wall_ns = wall_ns;
  p->machine = (struct machine){.protocol = "host", .ram_count = ram_count};
  memcpy(p->machine.ram, ram, ram_count * sizeof *ram);
  if (!host_ram(p, ram[ram_count - 1].at + ram[ram_count - 1].bytes)) {
    plat_host_stop(p);
    return NULL;
  }
  p->start_ns = plat_uptime_ns(p);
  return p;
}

/* RAM begins at the second page, so that no frame has the address 0. */
struct plat *plat_host_start(uint64_t memory, int64_t wall_ns) {
  const struct range ram = {PAGE, memory & ~(uint64_t)(PAGE - 1)};
  return memory > INT64_MAX - 2 * PAGE ? NULL : plat_host_start_like(&ram, 1, wall_ns);
}

void plat_host_stop(struct plat *p) {
  if (!p) return;
  host_windows_drop(p);
  if (p->direct) munmap(p->direct, p->bytes);
  if (p->memfd >= 0) close(p->memfd);
  free(p);
}

const struct machine *plat_machine(struct plat *p) { return &p->machine; }
uint8_t *plat_direct(struct plat *p) { return p->direct; }

/* Page tables are the host's.  Who hands in frames all the same wants to see how many a machine's would take. */
void plat_frames(struct plat *p, struct frames *f) { p->frames = f; }

struct range plat_kernel(struct plat *p) {
  return (struct range){0, 0};
}

int plat_payload(struct plat *p, struct range *payload) {
  *payload = (struct range){0, 0};
  return 0;
}

/* What the kernel says goes nowhere: an embedder hears through return codes and flaws. */
void plat_log(struct plat *p, const char *text, size_t n) {}

/* --- time and chance ------------------------------------------------------------- */

static uint64_t clock_ns(clockid_t clock) {
  struct timespec t;
  clock_gettime(clock, &t);
  return (uint64_t)t.tv_sec * 1000000000 + (uint64_t)t.tv_nsec;
}

uint64_t plat_ticks(struct plat *p) { return clock_ns(CLOCK_MONOTONIC) - p->start_ns; }
uint64_t plat_uptime_ns(struct plat *p) { return clock_ns(CLOCK_MONOTONIC) - p->start_ns; }
int64_t plat_wall_ns(struct plat *p) { return p->wall_ns >= 0 ? p->wall_ns : (int64_t)clock_ns(CLOCK_REALTIME); }

unsigned plat_random(struct plat *p, void *bytes, size_t n) {
  for (size_t done = 0; done < n;) {
    ssize_t got = getrandom((char *)bytes + done, n - done, 0);
    if (got > 0) done += (size_t)got;
  }
  return 256;
}
