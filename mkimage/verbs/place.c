/* mkimage/verbs/place.c - words and paths that lead into an image: see place.h. */
#include "mkimage/verbs/place.h"

#include <stdio.h>
#include <string.h>

#include "formats/err.h"
#include "formats/limits.h"
#include "mkimage/tree/program.h"

bool place_read(struct place *p, const char *word) {
  struct stat st;
  const char *colon = strstr(word, ":/");
  if (colon == NULL || colon == word || (size_t)(colon - word) >= sizeof p->image - 1) return false;
  memcpy(p->image, word, (size_t)(colon - word) + 1);
  p->image[colon - word + 1] = 0;
  if (stat(p->image, &st) == 0 && S_ISDIR(st.st_mode)) return false;
  p->image[colon - word] = 0;
  p->path = colon + 1;
  return true;
}

const struct tree_name *place_find(const struct tree *t, const char *path, int *why) {
  return program_find(t, path, why);
}

void place_base(const char *path, char name[LIMIT_PATH]) {
  size_t end = strlen(path);
  while (end > 0 && path[end - 1] == '/') end--;
  size_t start = end;
  while (start > 0 && path[start - 1] != '/') start--;
  snprintf(name, LIMIT_PATH, "%.*s", (int)(end - start), path + start);
  if (name[0] == 0) snprintf(name, LIMIT_PATH, ".");
}

int place_parent(const struct tree *t, const struct say *say, const char *path, char clean[LIMIT_PATH]) {
  char above[LIMIT_PATH], base[LIMIT_PATH];
  int why;
  size_t end = strlen(path);
  if (end >= sizeof above) return say_error(say, EXIT_UNFIT, "'%s': the path is too long", say_name(path).text);
  place_base(path, base);
  if (strcmp(base, ".") == 0 || strcmp(base, "..") == 0 || strlen(base) > LIMIT_NAME)
    return say_error(say, EXIT_USAGE, "'%s': no name for an entry", say_name(path).text);
  while (end > 0 && path[end - 1] == '/') end--;
  memcpy(above, path, end - strlen(base));
  above[end - strlen(base)] = 0;
  const struct tree_name *dir = place_find(t, above, &why);
  if (dir == NULL) return say_error(say, EXIT_USAGE, "'%s': %s", say_name(above).text, err_sentence(why));
  if (!S_ISDIR(dir->inode->mode)) return say_error(say, EXIT_USAGE, "'%s': not a directory", say_name(above).text);
  bool root = strcmp(dir->path, ".") == 0;
  if (snprintf(clean, LIMIT_PATH, "%s%s%s", root ? "" : dir->path, root ? "" : "/", base) >= (int)LIMIT_PATH)
    return say_error(say, EXIT_UNFIT, "'%s': the path is too long", say_name(path).text);
  return EXIT_DONE;
}
