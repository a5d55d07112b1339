/* tests/guest/constructor.c - when the program's first constructor runs, the root is complete and the initrd's
 * memory is free: files are read and sysinfo is asked before main.  The test packs a large file of a known size. */
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/sysinfo.h>
#include <unistd.h>

static struct {
  char text[64];
  struct stat big, last;
  struct sysinfo memory;
  int rc;
} seen; /* what the constructor found, for main to tell */

__attribute__((constructor(101))) static void look(void) {
  int fd = open("/etc/first", O_RDONLY);
  seen.rc = fd < 0 ? -1 : (int)read(fd, seen.text, sizeof seen.text - 1);
  if (fd >= 0) close(fd);
  if (stat("/big", &seen.big) || stat("/zzz/last", &seen.last) || sysinfo(&seen.memory)) seen.rc = -2;
}

int main(void) {
  printf("first: %s", seen.text);
  printf("rc %d big %ld last %ld\n", seen.rc, (long)seen.big.st_size, (long)seen.last.st_size);
  /* stderr: differs between machines, the test reads numbers out of it */
  fprintf(stderr, "total %lu free %lu\n", seen.memory.totalram * seen.memory.mem_unit,
          seen.memory.freeram * seen.memory.mem_unit);
  return 0;
}
