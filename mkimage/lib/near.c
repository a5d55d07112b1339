/* mkimage/lib/near.c - names that few letters tell apart: see near.h. */
#include "mkimage/lib/near.h"

#include <ctype.h>
#include <string.h>

enum { NEAR_LETTERS = 24, NEAR_FAR = 3 };

static size_t near_least(size_t a, size_t b) { return a < b ? a : b; }

/* How many letters have to change: Levenshtein's distance, of short names. */
static size_t near_distance(const char *a, const char *b) {
  size_t row[NEAR_LETTERS + 1], n = strlen(b);
  if (n > NEAR_LETTERS || strlen(a) > NEAR_LETTERS) return NEAR_LETTERS;
  for (size_t j = 0; j <= n; j++) row[j] = j;
  for (size_t i = 1; a[i - 1] != 0; i++) {
    size_t corner = row[0];
    row[0] = i;
    for (size_t j = 1; j <= n; j++) {
      size_t above = row[j];
      size_t change = corner + (tolower((unsigned char)a[i - 1]) != tolower((unsigned char)b[j - 1]));
      row[j] = near_least(near_least(row[j - 1] + 1, above + 1), change);
      corner = above;
    }
  }
  return row[n];
}

struct near near_start(const char *word) {
  return (struct near){.word = word, .distance = NEAR_FAR};
}

void near_try(struct near *n, const char *name) {
  size_t d = near_distance(n->word, name);
  if (d >= n->distance || d >= strlen(name)) return;
  n->distance = d;
  n->nearest = name;
}
