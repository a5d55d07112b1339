/* examples/hello - a program that is a machine of its own: it looks around in its root and says what it found.
 *
 * The constructor runs before main, as in any C program; the root is complete by then.
 */
#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/sysinfo.h>

static char motd[128];

__attribute__((constructor)) static void read_motd(void) {
  FILE *f = fopen("/etc/motd", "r");
  if (!f) return;
  if (fgets(motd, sizeof motd, f)) motd[strcspn(motd, "\n")] = 0;
  fclose(f);
}

static int list(const char *path) {
  struct dirent **names;
  int n = scandir(path, &names, NULL, alphasort);
  for (int i = 0; i < n; i++) {
    if (names[i]->d_name[0] != '.') printf("  %s%s\n", path, names[i]->d_name);
    free(names[i]);
  }
  if (n >= 0) free(names);
  return n;
}

int main(int argc, char **argv) {
  struct sysinfo memory;
  printf("%s\n", motd);
  for (int i = 1; i < argc; i++) printf("argument %d: %s\n", i, argv[i]);
  printf("the root holds:\n");
  if (list("/") < 0 || sysinfo(&memory) != 0) return 1;
  printf("%lu KiB of %lu KiB are free\n", memory.freeram / 1024, memory.totalram / 1024);
  return 0;
}
