/* tests/guest/hungry.c - takes memory until there is none: by touching pages, or (argument "file") by writing a file.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
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

int main(int argc, char **argv) {
  if (argc > 1 && !strcmp(argv[1], "file")) return write_all();
  for (;;) {
    char *p = mmap(NULL, CHUNK, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (p == MAP_FAILED) return 1;
    memset(p, 1, CHUNK);
  }
}
