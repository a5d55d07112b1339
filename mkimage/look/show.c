/* mkimage/look/show.c - entries for people: see show.h. */
#include "mkimage/look/show.h"

#include <string.h>
#include <time.h>

#include "formats/archive.h"
#include "formats/path.h"

static const struct show_kind {
  uint32_t type;
  char letter;
  const char *name;
} show_kinds[] = {
    {MODE_FILE, '-', "file"}, {MODE_DIR, 'd', "dir"}, {MODE_LINK, 'l', "symlink"}, {MODE_FIFO, 'p', "fifo"},
    {MODE_CHR, 'c', "chr"},   {MODE_BLK, 'b', "blk"}, {0, '?', "unknown"},
};

static const struct show_kind *show_kind(uint32_t mode) {
  const struct show_kind *k = show_kinds;
  while (k->type != 0 && k->type != (mode & MODE_TYPE)) k++;
  return k;
}

const char *show_type(uint32_t mode) { return show_kind(mode)->name; }

void show_mode(uint32_t mode, char out[11]) {
  static const struct {
    uint32_t bit;
    int at;
    char with, without; /* the execute bit */
  } special[] = {{04000, 3, 's', 'S'}, {02000, 6, 's', 'S'}, {01000, 9, 't', 'T'}};
  out[0] = show_kind(mode)->letter;
  for (int i = 0; i < 9; i++) out[1 + i] = mode & (0400u >> i) ? "rwxrwxrwx"[i] : '-';
  for (int i = 0; i < 3; i++)
    if (mode & special[i].bit) out[special[i].at] = out[special[i].at] == 'x' ? special[i].with : special[i].without;
  out[10] = 0;
}

void show_time(int64_t seconds, char *out, size_t n) {
  time_t t = (time_t)seconds;
  struct tm tm;
  if (gmtime_r(&t, &tm) == NULL || strftime(out, n, "%Y-%m-%d %H:%M:%S", &tm) == 0)
    snprintf(out, n, "%lld", (long long)seconds);
}

/* Is byte i the second or a later one of a UTF-8 character? */
static bool show_inside(const char *name, size_t i) { return ((unsigned char)name[i] & 0xc0) == 0x80; }

void show_name(FILE *to, const char *name, size_t len) {
  char out[4 * 256 + 1];
  while (len > 0) {
    size_t n = len < 256 ? len : 256, back = n;
    while (n < len && back > n - 4 && show_inside(name, back)) back--; /* a character stays whole */
    if (n < len && !show_inside(name, back)) n = back;
    path_print(name, n, out, sizeof out);
    fputs(out, to);
    name += n;
    len -= n;
  }
}

static void show_details(FILE *to, const struct show *s) {
  char mode[11], when[40];
  uint32_t type = s->mode & MODE_TYPE;
  show_mode(s->mode, mode);
  show_time(s->mtime, when, sizeof when);
  fprintf(to, "%s %3llu %5u %5u ", mode, (unsigned long long)s->nlink, s->uid, s->gid);
  if (type == MODE_CHR || type == MODE_BLK)
    fprintf(to, "%5u, %3u", s->major, s->minor);
  else
    fprintf(to, "%10llu", (unsigned long long)s->size);
  fprintf(to, " %s ", when);
}

void show_line(FILE *to, const struct show *s, bool details) {
  if (details) show_details(to, s);
  show_name(to, s->path, s->path_len);
  if (details && s->target != NULL) {
    fputs(" -> ", to);
    show_name(to, s->target, s->target_len);
  }
  putc('\n', to);
}

void show_attrs(FILE *to, const struct attr *list) {
  for (; list != NULL; list = list->next) {
    fputs("    ", to);
    show_name(to, list->name, strlen(list->name));
    fprintf(to, " %zu ", list->size);
    show_name(to, (const char *)list->value, list->size);
    putc('\n', to);
  }
}

void show_hex(const uint8_t *bytes, size_t n, char *out) {
  for (size_t i = 0; i < n; i++) {
    out[2 * i] = "0123456789abcdef"[bytes[i] >> 4];
    out[2 * i + 1] = "0123456789abcdef"[bytes[i] & 15];
  }
  out[2 * n] = 0;
}
