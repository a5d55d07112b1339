/* tests/guest/mapped.c - a file that is mapped and only read costs no memory of its own, nor does the program's text.
 *
 * Tells on standard error how much went; argument: a file whose bytes lie page by page in the image.
 */
#include <fcntl.h>
#include <stdio.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/sysinfo.h>
#include <unistd.h>

static long free_memory(void) {
  struct sysinfo s;
  return sysinfo(&s) ? -1 : (long)(s.freeram * s.mem_unit);
}

int main(int argc, char **argv) {
  int fd = open(argv[1], O_RDONLY);
  struct stat st;
  long before, read_all, written, sum = 0;
  if (fd < 0 || fstat(fd, &st)) return 2;
  before = free_memory();
  char *p = mmap(NULL, (size_t)st.st_size, PROT_READ | PROT_WRITE, MAP_PRIVATE, fd, 0);
  if (p == MAP_FAILED) return 3;
  for (long i = 0; i < st.st_size; i += 4096) sum += p[i];
  read_all = free_memory();
  for (int i = 0; i < 100; i++) p[i * 4096] = 1;
  written = free_memory();
  printf("pages %ld sum %ld\n", (long)(st.st_size + 4095) / 4096, sum);
  fprintf(stderr, "reading took %ld, writing 100 pages took %ld\n", before - read_all, read_all - written);
  return 0;
}
