/* mkimage/lib/glob.c - patterns of `exclude`: see glob.h. */
#include "mkimage/lib/glob.h"

#include <fnmatch.h>
#include <stddef.h>
#include <string.h>

#include "formats/limits.h"

struct glob_part {
  const char *at;
  size_t len;
};

/* The component that begins at p (slashes in front skipped); p moves behind it. */
static struct glob_part glob_next(const char **p) {
  while (**p == '/') ++*p;
  struct glob_part part = {*p, strcspn(*p, "/")};
  *p += part.len;
  return part;
}

static bool glob_any_depth(struct glob_part p) { return p.len == 2 && memcmp(p.at, "**", 2) == 0; }

static bool glob_part_match(struct glob_part pattern, struct glob_part name) {
  char a[LIMIT_PATH], b[LIMIT_NAME + 1];
  if (pattern.len >= sizeof a || name.len >= sizeof b) return false;
  memcpy(a, pattern.at, pattern.len);
  memcpy(b, name.at, name.len);
  a[pattern.len] = b[name.len] = 0;
  return fnmatch(a, b, 0) == 0;
}

/* Both as lists of components.  Only the latest `**` needs to be tried again: what stands before it has matched. */
static bool glob_path_match(const char *pattern, const char *path) {
  const char *again_pattern = NULL, *again_path = NULL;
  for (;;) {
    const char *p = pattern, *n = path;
    struct glob_part want = glob_next(&p), have = glob_next(&n);
    if (want.len == 0 && have.len == 0) return true;
    if (glob_any_depth(want)) {
      again_pattern = p;
      again_path = path;
      pattern = p;
    } else if (want.len > 0 && have.len > 0 && glob_part_match(want, have)) {
      pattern = p;
      path = n;
    } else if (again_pattern == NULL || glob_next(&again_path).len == 0) {
      return false;
    } else {
      pattern = again_pattern;
      path = again_path;
    }
  }
}

bool glob_match(const char *pattern, const char *path, bool is_dir) {
  size_t len = strlen(pattern);
  bool dirs_only = len > 0 && pattern[len - 1] == '/';
  if (dirs_only && !is_dir) return false;
  const char *slash = strchr(pattern, '/');
  bool whole = slash != NULL && slash[strspn(slash, "/")] != 0;
  if (!whole) {
    const char *base = strrchr(path, '/');
    path = base != NULL ? base + 1 : path;
  }
  return glob_path_match(pattern, path);
}
