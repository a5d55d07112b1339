/* tests/guest/list.c - prints every inode of the root, one "LIST ..." line each, sorted: the same program runs as
 * Linux's /init, in our machine, and in a chroot.
 *
 * What belongs to a file system's own taste (sizes and link counts of directories) is left out, and so are the
 * mount points of a running Linux.
 */
#include <dirent.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

static uint64_t sum_file(const char *path) {
  static unsigned char bytes[65536];
  uint64_t h = 14695981039346656037u;
  FILE *f = fopen(path, "r");
  if (!f) return 0;
  for (size_t n; (n = fread(bytes, 1, sizeof bytes, f)) > 0;)
    for (size_t i = 0; i < n; i++) h = (h ^ bytes[i]) * 1099511628211u;
  fclose(f);
  return h;
}

static void print_name(const char *name) {
  for (; *name; name++) printf(*name > ' ' && *name < 127 && *name != '\\' ? "%c" : "\\%03o", *name & 255);
}

/* `name` in the current directory, whose path is to be printed. */
static void print_one(const char *path, const char *name, const struct stat *s) {
  printf("LIST ");
  print_name(*path ? path : "/");
  printf(" %o %u:%u %ld", s->st_mode, s->st_uid, s->st_gid, (long)s->st_mtime);
  if (!S_ISDIR(s->st_mode)) printf(" %lu %ld", (unsigned long)s->st_nlink, (long)s->st_size);
  if (S_ISCHR(s->st_mode) || S_ISBLK(s->st_mode)) printf(" %u:%u", major(s->st_rdev), minor(s->st_rdev));
  if (S_ISREG(s->st_mode)) printf(" %016lx", (unsigned long)sum_file(name));
  if (S_ISLNK(s->st_mode)) {
    static char target[8192];
    ssize_t n = readlink(name, target, sizeof target - 1);
    target[n > 0 ? n : 0] = 0;
    printf(" ");
    print_name(target);
  }
  printf("\n");
}

static int by_bytes(const void *a, const void *b) {
  return strcmp((*(struct dirent *const *)a)->d_name, (*(struct dirent *const *)b)->d_name);
}

/* Directory after directory is entered, so that no path is too long. */
static void walk(char *path, size_t len, const char *name) {
  struct stat s;
  struct dirent **names;
  if (lstat(name, &s) != 0) return;
  print_one(path, name, &s);
  if (!S_ISDIR(s.st_mode) || chdir(name) != 0) return;
  int n = scandir(".", &names, NULL, NULL);
  if (n > 0) qsort(names, (size_t)n, sizeof *names, by_bytes);
  for (int i = 0; i < n; i++) {
    const char *below = names[i]->d_name;
    if (strcmp(below, ".") && strcmp(below, "..")) {
      snprintf(path + len, 8192 - len, "/%s", below);
      walk(path, len + 1 + strlen(below), below);
      path[len] = 0;
    }
    free(names[i]);
  }
  if (n >= 0) free(names);
  if (strcmp(name, "/") != 0 && chdir("..") != 0) exit(1);
}

int main(void) {
  static char line[1 << 16], path[8192];
  setvbuf(stdout, line, _IOFBF, sizeof line);
  walk(path, 0, "/");
  printf("LIST end\n");
  fflush(stdout);
  return 0;
}
