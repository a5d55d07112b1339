/* tests/guest/attrs.c - every extended attribute below a directory, one line each, in order: on the host and as a
 * guest. */
#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/xattr.h>

enum { ROOM = 1 << 16 };

static int by_name(const void *a, const void *b) { return strcmp(*(char *const *)a, *(char *const *)b); }

static void put(const unsigned char *p, size_t n) {
  for (size_t i = 0; i < n; i++) printf(p[i] > ' ' && p[i] < 0x7f ? "%c" : "\\x%02x", p[i]);
}

static void show(const char *path) {
  static char names[ROOM], value[ROOM];
  char *sorted[1024];
  size_t n = 0;
  ssize_t got = llistxattr(path, names, sizeof names);
  if (got < 0) perror(path);
  for (char *name = names; name < names + got && n < 1024; name += strlen(name) + 1) sorted[n++] = name;
  qsort(sorted, n, sizeof sorted[0], by_name);
  for (size_t i = 0; i < n; i++) {
    ssize_t size = lgetxattr(path, sorted[i], value, sizeof value);
    printf("ATTR %s ", path);
    put((const unsigned char *)sorted[i], strlen(sorted[i]));
    printf(" %d ", (int)size);
    if (size > 0) put((const unsigned char *)value, (size_t)size);
    printf("\n");
  }
}

static void walk(const char *path) {
  struct dirent **entries;
  struct stat s;
  show(path);
  if (lstat(path, &s) || !S_ISDIR(s.st_mode)) return;
  int n = scandir(path, &entries, NULL, alphasort);
  for (int i = 0; i < n; i++) {
    char below[4096];
    snprintf(below, sizeof below, "%s/%s", strcmp(path, "/") ? path : "", entries[i]->d_name);
    if (strcmp(entries[i]->d_name, ".") && strcmp(entries[i]->d_name, "..")) walk(below);
    free(entries[i]);
  }
}

int main(int argc, char **argv) {
  walk(argc > 1 ? argv[1] : "/");
  return 0;
}
