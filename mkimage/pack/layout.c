/* mkimage/pack/layout.c - offsets of all entries, and any stretch of the archive: see layout.h. */
#include "mkimage/pack/layout.h"

#include <stdlib.h>
#include <string.h>

int layout_make(struct layout *l, const struct say *say, const struct tree *t, const struct format *f) {
  uint64_t at = 0;
  struct format_span span;
  *l = (struct layout){.tree = t, .format = f, .at = reallocarray(NULL, t->names + 2, sizeof *l->at)};
  if (l->at == NULL) return say_error(say, EXIT_USAGE, "out of memory for the archive's layout");
  for (size_t i = 0; i <= t->names; i++) {
    l->at[i] = at;
    f->measure(t, i, at, &span);
    at += span.head + span.body + span.pad;
  }
  l->at[t->names + 1] = at;
  return EXIT_DONE;
}

void layout_drop(struct layout *l) {
  free(l->at);
  l->at = NULL;
}

uint64_t layout_size(const struct layout *l) { return l->at[l->tree->names + 1]; }

/* The entry in which an offset below the end lies. */
static size_t layout_seek(const struct layout *l, uint64_t offset) {
  size_t low = 0, high = l->tree->names + 1;
  while (high - low > 1) {
    size_t middle = low + (high - low) / 2;
    if (l->at[middle] <= offset)
      low = middle;
    else
      high = middle;
  }
  return low;
}

/* The stretch that is asked for, and the part of an entry at hand. */
struct layout_window {
  uint64_t from, end;
  uint8_t *out;
};

/* How much of a part of n bytes at `at` lies in the window: its bytes, where they go, and how many of the part's own
 * come before. */
static size_t layout_overlap(const struct layout_window *w, uint64_t at, uint64_t n, uint8_t **to, uint64_t *before) {
  uint64_t from = at > w->from ? at : w->from, end = at + n < w->end ? at + n : w->end;
  if (from >= end) return 0;
  *to = w->out + (from - w->from);
  *before = from - at;
  return (size_t)(end - from);
}

static int layout_head(const struct layout *l, const struct say *say, size_t i, uint64_t n,
                       const struct layout_window *w) {
  uint8_t *to = NULL;
  uint64_t before;
  size_t some = layout_overlap(w, l->at[i], n, &to, &before);
  if (some == 0) return EXIT_DONE;
  if (some == n) {
    l->format->encode(l->tree, i, l->at[i], to);
    return EXIT_DONE;
  }
  uint8_t *whole = malloc((size_t)n);
  if (whole == NULL) return say_error(say, EXIT_USAGE, "out of memory for a header");
  l->format->encode(l->tree, i, l->at[i], whole);
  memcpy(to, whole + before, some);
  free(whole);
  return EXIT_DONE;
}

static int layout_entry(const struct layout *l, const struct say *say, size_t i, const struct layout_window *w) {
  struct format_span span;
  uint8_t *to;
  uint64_t before, at = l->at[i];
  l->format->measure(l->tree, i, at, &span);
  int status = layout_head(l, say, i, span.head, w);
  size_t some = layout_overlap(w, at + span.head, span.body, &to, &before);
  if (status == EXIT_DONE && some > 0) status = tree_read_at(l->tree, say, l->tree->name[i].inode, before, to, some);
  some = layout_overlap(w, at + span.head + span.body, span.pad, &to, &before);
  if (some > 0) memset(to, 0, some);
  return status;
}

int layout_fill(const struct layout *l, const struct say *say, uint64_t from, uint8_t *out, size_t n) {
  struct layout_window w = {from, from + n, out};
  int status = EXIT_DONE;
  for (size_t i = layout_seek(l, from); status == EXIT_DONE && i <= l->tree->names && l->at[i] < w.end; i++)
    status = layout_entry(l, say, i, &w);
  return status;
}
