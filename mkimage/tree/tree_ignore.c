/* mkimage/tree/tree_ignore.c - .mkimageignore: see tree_ignore.h. */
#include "mkimage/tree/tree_ignore.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "formats/limits.h"
#include "mkimage/lib/glob.h"
#include "mkimage/tree/tree_parts.h"

enum { IGNORE_MAX = 1 << 20 };

/* --- lines ------------------------------------------------------------------------ */

/* Without the blanks at its end; one behind a backslash belongs to the pattern. */
static size_t ignore_trim(const char *line, size_t n) {
  if (n > 0 && line[n - 1] == '\r') n--;
  while (n > 0 && (line[n - 1] == ' ' || line[n - 1] == '\t')) {
    size_t slashes = 0;
    while (slashes + 1 < n && line[n - 2 - slashes] == '\\') slashes++;
    if (slashes % 2 == 1) break;
    n--;
  }
  return n;
}

/* `x/` + `**` means what is in x, not x: at least one component. */
static char *ignore_pattern(struct pool *pool, const char *line, size_t n) {
  bool inside = n > 3 && memcmp(line + n - 3, "/**", 3) == 0;
  char *pattern = pool_take(pool, n + sizeof "/*");
  if (pattern == NULL) return NULL;
  memcpy(pattern, line, n);
  if (inside) memcpy(pattern + n, "/*", sizeof "/*");
  return pattern;
}

/* A line's fault, or NULL. */
static const char *ignore_fault(const char *line, size_t n) {
  size_t front = line[0] == '!';
  if (memchr(line, 0, n) != NULL) return "a NUL";
  if (n - front >= LIMIT_PATH) return "a pattern that is too long";
  for (size_t i = front; i < n; i++)
    if (line[i] != '/') return NULL;
  return "an empty pattern";
}

bool ignore_parse(struct ignore *out, struct pool *pool, const struct say *say, const char *file, const char *text,
                  size_t n) {
  bool ok = true;
  size_t lines = 1, line = 1;
  for (size_t i = 0; i < n; i++) lines += text[i] == '\n';
  *out = (struct ignore){pool_take(pool, lines * sizeof *out->pattern), 0};
  if (out->pattern == NULL) return say_error(say, EXIT_USAGE, "out of memory"), false;
  for (const char *at = text, *end = text + n; at < end; line++) {
    const char *stop = memchr(at, '\n', (size_t)(end - at));
    size_t all = (size_t)((stop != NULL ? stop : end) - at), used = ignore_trim(at, all);
    const char *fault = used > 0 && *at != '#' ? ignore_fault(at, used) : NULL;
    if (fault != NULL) say_error(say, EXIT_USAGE, "%s:%zu: %s", say_name(file).text, line, fault), ok = false;
    if (fault == NULL && used > 0 && *at != '#' &&
        (out->pattern[out->patterns++] = ignore_pattern(pool, at, used)) == NULL)
      return say_error(say, EXIT_USAGE, "out of memory"), false;
    at += all + (stop != NULL);
  }
  return ok;
}

bool ignore_match(const struct ignore *ignore, const char *path, bool is_dir) {
  if (ignore == NULL) return false;
  if (strcmp(path, IGNORE_NAME) == 0) return true;
  for (size_t i = ignore->patterns; i > 0; i--) {
    const char *pattern = ignore->pattern[i - 1];
    bool back = *pattern == '!';
    if (glob_match(pattern + back, path, is_dir)) return !back;
  }
  return false;
}

/* --- file ---------------------------------------------------------------------------- */

static int ignore_read(struct tree *t, const struct say *say, const char *file, int fd, char *text) {
  size_t have = 0;
  ssize_t n = 1;
  while (n != 0 && have <= IGNORE_MAX) {
    n = read(fd, text + have, IGNORE_MAX + 1 - have);
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) return say_errno(say, file, "cannot read", errno);
    have += (size_t)n;
  }
  if (have > IGNORE_MAX)
    return say_error(say, EXIT_USAGE, "%s: larger than %s", say_name(file).text, say_size(IGNORE_MAX).text);
  t->ignore = pool_take(&t->pool, sizeof *t->ignore);
  if (t->ignore == NULL) return tree_no_memory(t, say);
  return ignore_parse(t->ignore, &t->pool, say, file, text, have) ? EXIT_DONE : EXIT_USAGE;
}

int ignore_load(struct tree *t, const struct say *say, const char *directory) {
  char file[LIMIT_PATH + sizeof "/" IGNORE_NAME];
  struct stat st;
  snprintf(file, sizeof file, "%.*s/%s", LIMIT_PATH, directory, IGNORE_NAME);
  int fd = open(file, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
  if (fd < 0 && (errno == ENOENT || access(directory, R_OK | X_OK) != 0)) return EXIT_DONE; /* said of the directory */
  if (fd < 0) return say_errno(say, file, "cannot open", errno);
  char *text = malloc(IGNORE_MAX + 1);
  int status = EXIT_DONE;
  if (fstat(fd, &st) != 0 || !S_ISREG(st.st_mode))
    status = say_error(say, EXIT_USAGE, "%s: not a regular file", say_name(file).text);
  else
    status = text != NULL ? ignore_read(t, say, file, fd, text) : tree_no_memory(t, say);
  free(text);
  close(fd);
  return status;
}
