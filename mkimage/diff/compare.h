/* mkimage/diff/compare.h - two trees entry by entry, whatever they come from.
 *
 * Both stand in path order, so one walk finds what is missing on either side and
 * compares what both have: type, mode, owner, time, device, link target,
 * hard links, size, content, extended attributes.
 */
#ifndef MKIMAGE_COMPARE_H
#define MKIMAGE_COMPARE_H

#include "mkimage/view/view.h"

/* X(NAME, word): what may differ of an entry that both sides have, in the order in which it is told. */
#define COMPARE_WHATS(X)                                                                                               \
  X(TYPE, "type")                                                                                                      \
  X(MODE, "mode")                                                                                                      \
  X(OWNER, "owner")                                                                                                    \
  X(MTIME, "mtime")                                                                                                    \
  X(DEVICE, "device")                                                                                                  \
  X(XATTRS, "xattrs")                                                                                                  \
  X(TARGET, "target")                                                                                                  \
  X(LINKS, "links")                                                                                                    \
  X(SIZE, "size")                                                                                                      \
  X(CONTENT, "content")
#define COMPARE_ENUM(name, word) COMPARE_##name,
enum compare_what { COMPARE_WHATS(COMPARE_ENUM) COMPARE_COUNT };
#undef COMPARE_ENUM

const char *compare_word(enum compare_what what);

/* One attribute, in words as they are: names in them are not escaped.  NULL: it has none (content). */
struct compare_attribute {
  enum compare_what what;
  const char *a, *b;
  size_t a_len, b_len;
};

enum { COMPARE_WORD = 40 };

struct compare_entry {
  const struct view_entry *a, *b; /* NULL: the other side has it alone */
  struct compare_attribute attribute[COMPARE_COUNT];
  unsigned attributes;
  uint64_t at; /* where the contents begin to differ; UINT64_MAX: they do not, or have not been read */
  char word[COMPARE_COUNT][2][COMPARE_WORD];
};

struct compare {
  const struct view *a, *b;
  const struct say *say;
  void (*each)(void *arg, const struct compare_entry *e); /* for each entry that differs */
  void *arg;
  uint64_t differences;    /* filled in: attributes, and entries of one side alone */
  struct content *content; /* while it runs */
};

/* EXIT_DONE, EXIT_DIFFERS, or another status with the error said. */
int compare_views(struct compare *c);

#endif
