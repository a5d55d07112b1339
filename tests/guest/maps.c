/* tests/guest/maps.c - random calls on mappings and the files behind them, with all that can be seen after each of
 * them: maps SEED COUNT.  What is printed must be what Linux prints. */
#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

enum { P = 4096, PAGES = 16, FILES = 2 };

static char *const room = (char *)0x200000000000;
static uint64_t state;
static sigjmp_buf back;
static int fd[FILES];
/* A private page shows what is written to its file or not, as the system likes, until it is written itself: such pages
 * are not looked at. */
static char vague[PAGES];

static uint32_t below(uint32_t n) {
  state = state * 6364136223846793005u + 1442695040888963407u;
  return (uint32_t)(state >> 33) % n;
}

static void on_fault(int s) { siglongjmp(back, s); }

/* A digest of a page, or the signal that looking brings. */
static uint32_t look(const volatile char *page) {
  uint32_t sum = 2166136261u;
  int s = sigsetjmp(back, 1);
  if (s) return (uint32_t)s;
  for (int i = 0; i < P; i++) sum = (sum ^ (uint8_t)page[i]) * 16777619u;
  return sum;
}

static int poke(volatile char *at, char c) {
  int s = sigsetjmp(back, 1);
  if (s) return s;
  *at = c;
  return 0;
}

static void forget(int first, int n, char to) {
  for (int i = first; i < first + n && i < PAGES; i++) vague[i] = to;
}

static int map_file(int at, int n) {
  static const int prots[] = {PROT_READ, PROT_READ | PROT_WRITE, PROT_READ | PROT_WRITE, PROT_NONE};
  int shared = below(3) > 0;
  forget(at, n, !shared);
  return mmap(room + at * P, (size_t)n * P, prots[below(4)], MAP_FIXED | (shared ? MAP_SHARED : MAP_PRIVATE),
              fd[below(FILES)], (off_t)below(6) * P) == MAP_FAILED;
}

static int map_nothing(int at, int n) {
  forget(at, n, 0);
  return mmap(room + at * P, (size_t)n * P, PROT_READ | PROT_WRITE, MAP_FIXED | MAP_ANONYMOUS | MAP_PRIVATE, -1, 0) ==
         MAP_FAILED;
}

/* Moves one page inside the room (newer systems move several areas at once); whether it may be looked at goes along. */
static int move(int at) {
  int to = (int)below(PAGES), now = 1 + (int)below(4);
  char may = vague[at];
  if (to + now > PAGES) now = PAGES - to;
  if (mremap(room + at * P, P, (size_t)now * P, MREMAP_MAYMOVE | MREMAP_FIXED, room + to * P) == MAP_FAILED) {
    int e = errno;
    if (e != EINVAL) forget(to, now, 1); /* whether the target is unmapped already is nobody's promise */
    return e;
  }
  forget(at, 1, 0);
  forget(to, now, may);
  return 0;
}

/* A file always ends with a page: file systems differ in what mappings see behind an end inside one. */
static int change_file(void) {
  int f = fd[below(FILES)], n = 1 + (int)below(300);
  off_t at = below(8 * P - 300);
  char bytes[300];
  struct stat s;
  memset(bytes, 'a' + (int)below(26), sizeof bytes);
  switch (below(5)) {
  case 0:
    return ftruncate(f, at / P * P);
  case 1:
    return fallocate(f, FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE, at, 1 + below(3 * P));
  case 2:
    return ftruncate(f, 8 * P);
  default:
    return fstat(f, &s) || at + n > s.st_size ? 0 : (int)pwrite(f, bytes, (size_t)n, at);
  }
}

static int act(int at, int n) {
  switch (below(12)) {
  case 0:
  case 1:
    return map_file(at, n);
  case 2:
    return map_nothing(at, n);
  case 3:
    forget(at, n, 0);
    return munmap(room + at * P, (size_t)n * P);
  case 4:
    if (mprotect(room + at * P, (size_t)n * P, (int)below(4)) == 0) return 0;
    forget(at, n, 1); /* how far it came is nobody's promise */
    return errno;
  case 5:
    return move(at);
  case 6:
    return madvise(room + at * P, (size_t)n * P, below(2) ? MADV_DONTNEED : MADV_NORMAL) ? errno : 0;
  case 7:
  case 8:
    return change_file();
  default:
    return vague[at] ? 0 : poke(room + at * P + below(P), (char)below(256));
  }
}

static uint32_t look_at_file(int f) {
  static char bytes[9 * P];
  struct stat s;
  uint32_t sum = 1;
  ssize_t n = pread(f, bytes, sizeof bytes, 0);
  for (ssize_t i = 0; i < n; i++) sum = (sum ^ (uint8_t)bytes[i]) * 16777619u;
  return fstat(f, &s) ? 0 : sum + (uint32_t)s.st_size;
}

int main(int argc, char **argv) {
  long count = argc > 2 ? atol(argv[2]) : 2000;
  state = argc > 1 ? strtoull(argv[1], NULL, 0) : 1;
  signal(SIGSEGV, on_fault), signal(SIGBUS, on_fault);
  fd[0] = open("/packed", O_RDWR); /* its pages are the archive's as long as nobody writes to them */
  fd[1] = open("fresh", O_RDWR | O_CREAT | O_TRUNC, 0600);
  if (fd[0] < 0 || fd[1] < 0 || ftruncate(fd[1], 8 * P)) return 2;
  for (long i = 0; i < count; i++) {
    int at = (int)below(PAGES), n = 1 + (int)below(4);
    if (at + n > PAGES) n = PAGES - at;
    printf("%ld %d", i, act(at, n));
    for (int k = 0; k < PAGES; k++)
      if (!vague[k]) printf(" %x", look(room + k * P));
    printf(" %x %x\n", look_at_file(fd[0]), look_at_file(fd[1]));
  }
  return 0;
}
