/* tests/fuzz/room.c - any initrd in a machine that is short of something: it goes as with plenty, or the lack is said.
 *
 * The first four bytes say how: how its pages came, RAM, which allocation fails, what size it is told to have.  What
 * goes wrong is never laid at the archive's door, and when file system and input are gone, so is every page.
 */
#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "kernel/boot/unpack.h"
#include "kernel/mem/heap_inner.h"
#include "kernel/mem/pages_inner.h"
#include "kernel/ramfs/ramfs.h"
#include "plat_host.h"

enum { MIB = 1 << 20, PLENTY = 24 * MIB, LEAST = 256 << 10, STEP = 32 << 10 };
enum { KEEPS = 1, OWNED = 2, TOLD = 4, TOLD_WELL = 8, TOLD_MUCH = 16 };

struct lack {
  uint8_t how, memory, fails, told;
};

struct result {
  int code;
  uint64_t entries, unpacked;
};

/* Where the input lies: at the end of RAM, as a loader puts it, or in pages taken for it. */
static struct unpack_input load(struct plat *plat, struct pages *ps, const uint8_t *bytes, size_t n, unsigned how) {
  const struct range *ram = plat_machine(plat)->ram;
  uint64_t whole = (n + PAGE - 1) / PAGE * PAGE;
  struct range busy = {ram->at + ram->bytes - whole, how & OWNED ? 0 : whole};
  assert(pages_start(ps, plat_direct(plat), ram, 1, &busy, busy.bytes > 0) == 0);
  struct unpack_input in = {.at = busy.at, .bytes = n, .owned = how & OWNED, .give_back = !(how & KEEPS)};
  if ((how & OWNED) && whole > 0) in.at = pages_take(ps, whole / PAGE);
  if (in.at != PHYS_NONE) memcpy(plat_direct(plat) + in.at, bytes, n);
  return in;
}

static void look_at_rest(struct pages *ps, struct heap *heap, struct fs *fs, const struct unpack_input *in,
                         uint64_t free_then) {
  pages_refuse(ps, 0);
  assert(pages_check(ps) == NULL && heap_check(heap) == NULL);
  fs->ops->stop(fs);
  assert(heap_used(heap) == 0 && pages_check(ps) == NULL);
  if (!in->give_back) return;
  assert(pages_free(ps) <= free_then && free_then - pages_free(ps) <= ps->zone_count * 3 * UINT64_C(4096));
}

static struct result unpack_in(const uint8_t *bytes, size_t n, uint64_t memory, const struct lack *how, uint64_t told) {
  struct pages ps;
  struct heap heap;
  struct unpack_report report = {0};
  struct flaw flaw = {0};
  struct result r = {.code = ERR_NOMEM};
  struct plat *plat = plat_host_start(memory, 0);
  assert(plat != NULL);
  struct unpack_input in = load(plat, &ps, bytes, n, how->how);
  heap_start(&heap, &ps);
  heap_give(&heap, heap_take(&heap, 1)); /* the first zone is laid out */
  uint64_t whole = (n + PAGE - 1) / PAGE * PAGE, free_then = pages_free(&ps) + whole;
  struct fs *fs = in.at == PHYS_NONE ? NULL : ramfs_make(&heap, (struct stamp){0, 0});
  if (fs) {
    in.unpacked = told;
    pages_refuse(&ps, how->fails);
    r.code = unpack(fs, plat, &heap, &in, &report, &flaw);
    assert(r.code == flaw.code && (r.code >= 0 || flaw.reason));
    if (r.code == ERR_NOMEM) assert(flaw.wanted > 0);
    look_at_rest(&ps, &heap, fs, &in, free_then);
  }
  plat_host_stop(plat);
  r.entries = report.entries, r.unpacked = report.unpacked;
  return r;
}

/* Both good or both not.  What a stream is refused for depends on how far the decoder is ahead; and libdeflate, for
 * which there must be room, takes code tables that zlib refuses. */
static bool same_verdict(const struct result *whole, const struct result *poor) {
  return (poor->code == 0) == (whole->code == 0) || (whole->code == 0 && poor->code == ERR_STREAM);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n);
int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n) {
  static const struct lack none;
  struct lack how;
  if (n < sizeof how) return -1;
  memcpy(&how, bytes, sizeof how);
  bytes += sizeof how, n -= sizeof how;
  struct result whole = unpack_in(bytes, n, PLENTY, &none, 0);
  uint64_t memory = LEAST + n + how.memory * (uint64_t)STEP, told = how.told * UINT64_C(512) + 4;
  if (how.how & TOLD_WELL) told = whole.unpacked;
  if (how.how & TOLD_MUCH) told <<= 6;
  struct result poor = unpack_in(bytes, n, memory, &how, how.how & TOLD ? told : 0);
  bool sized = (how.how & TOLD) && poor.code == ERR_SIZE; /* too much for what was told */
  if (poor.code != ERR_NOMEM && whole.code != ERR_NOMEM && !sized) assert(same_verdict(&whole, &poor));
  if (poor.code == 0 && whole.code == 0) assert(poor.entries == whole.entries && poor.unpacked == whole.unpacked);
  return 0;
}
