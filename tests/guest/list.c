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

static void print_one(const char *path, const struct stat *s) {
  printf("LIST ");
  print_name(path);
  printf(" %o %u:%u %ld", s->st_mode, s->st_uid, s->st_gid, (long)s->st_mtime);
  if (!S_ISDIR(s->st_mode)) printf(" %lu %ld", (unsigned long)s->st_nlink, (long)s->st_size);
  if (S_ISCHR(s->st_mode) || S_ISBLK(s->st_mode)) printf(" %u:%u", major(s->st_rdev), minor(s->st_rdev));
  if (S_ISREG(s->st_mode)) printf(" %016lx", (unsigned long)sum_file(path));
  if (S_ISLNK(s->st_mode)) {
    char target[4096] = "";
    if (readlink(path, target, sizeof target - 1) >= 0) print_name(target);
  }
  printf("\n");
}

static void walk(const char *path) {
  struct stat s;
  if (lstat(path, &s) != 0) return;
  print_one(path, &s);
  if (!S_ISDIR(s.st_mode)) return;
  struct dirent **names;
  int n = scandir(path, &names, NULL, NULL);
  for (int pass = 1; pass < n; pass++) /* by bytes, not by locale */
    for (int i = 0; i + pass < n; i++)
      if (strcmp(names[i]->d_name, names[i + 1]->d_name) > 0) {
        struct dirent *swap = names[i];
        names[i] = names[i + 1], names[i + 1] = swap;
      }
  for (int i = 0; i < n; i++) {
    char below[8192];
    snprintf(below, sizeof below, "%s/%s", strcmp(path, "/") ? path : "", names[i]->d_name);
    if (strcmp(names[i]->d_name, ".") && strcmp(names[i]->d_name, "..")) walk(below);
    free(names[i]);
  }
  free(names);
}

int main(void) {
  static char line[1 << 16];
  setvbuf(stdout, line, _IOFBF, sizeof line);
  walk("/");
  printf("LIST end\n");
  fflush(stdout);
  return 0;
}
