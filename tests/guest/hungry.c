/* tests/guest/hungry.c - takes memory until there is none: by touching pages, by writing a file (argument "file"), or
 * by making names (argument "names"). */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/uio.h>
#include <unistd.h>

enum { CHUNK = 1 << 20 };
static char bytes[CHUNK];

/* A file that grows is refused with an error that the program sees, and can be removed. */
static int write_all(void) {
  int fd = open("/full", O_RDWR | O_CREAT, 0600);
  long n, total = 0;
  memset(bytes, 'f', sizeof bytes);
  while ((n = write(fd, bytes, sizeof bytes)) > 0) total += n;
  printf("%s after %s\n", strerror(errno), total > 16 * CHUNK ? "a lot" : "a little");
  if (close(fd) || unlink("/full")) return 1;
  fd = open("/again", O_RDWR | O_CREAT, 0600);
  printf("then %ld\n", (long)write(fd, bytes, sizeof bytes));
  return 0;
}

/* With nothing left at all, a program can still say so: here in two pieces, as a C library does. */
static int make_all(void) {
  char name[32];
  struct iovec v[2] = {{bytes, 0}, {"of them\n", 8}};
  for (int i = 0;; i++) {
    snprintf(name, sizeof name, "/name%d", i);
    int fd = open(name, O_WRONLY | O_CREAT | O_EXCL, 0600);
    if (fd < 0) break;
    close(fd);
  }
  v[0].iov_len = (size_t)snprintf(bytes, sizeof bytes, "%s after many ", strerror(errno));
  return writev(1, v, 2) != (long)v[0].iov_len + 8;
}

int main(int argc, char **argv) {
  if (argc > 1 && !strcmp(argv[1], "names")) return make_all();
  if (argc > 1 && !strcmp(argv[1], "file")) return write_all();
  for (;;) {
    char *p = mmap(NULL, CHUNK, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (p == MAP_FAILED) return 1;
    memset(p, 1, CHUNK);
  }
}
