/* formats/flaw.c - the first cause, kept and told in one line.
 *
 * Floor 0.  Every reader of outside bytes fills one in; the boot stop, the tool
 * and the tests print it with the same words.
 */
#include <stdio.h>
#include <string.h>

#include "formats/err.h"
#include "formats/flaw.h"

int flaw_set(struct flaw *f, int code, uint64_t offset, const char *reason) {
  if (f->code != 0) return f->code;
  f->code = code;
  f->offset = offset;
  f->packed = FLAW_NOWHERE;
  f->reason = reason;
  return code;
}

int flaw_set_stored(struct flaw *f, int code, uint64_t packed, const char *reason) {
  if (f->code != 0) return f->code;
  flaw_set(f, code, FLAW_NOWHERE, reason);
  f->packed = packed;
  return code;
}

/* Bytes that one byte of a name takes when it is escaped. */
static size_t escaped_length(uint8_t c) { return c < 0x20 || c > 0x7e || c == '\\' ? 4 : 1; }

static char *escape(char *out, uint8_t c) {
  static const char hex[] = "0123456789abcdef";
  if (escaped_length(c) == 1) {
    *out++ = (char)c;
    return out;
  }
  *out++ = '\\';
  *out++ = 'x';
  *out++ = hex[c >> 4];
  *out++ = hex[c & 15];
  return out;
}

/* Escapes text into out[0..room), keeping its end behind "..." when it is too long. */
static void shorten(char *out, size_t room, const char *text, size_t len) {
  size_t taken = 0, first = len;
  while (first > 0 && taken + escaped_length((uint8_t)text[first - 1]) < room)
    taken += escaped_length((uint8_t)text[--first]);
  if (first > 0) {
    while (first < len && taken + sizeof "..." > room) taken -= escaped_length((uint8_t)text[first++]);
    memcpy(out, "...", 3);
    out += 3;
  }
  for (; first < len; first++) out = escape(out, (uint8_t)text[first]);
  *out = 0;
}

void flaw_entry(struct flaw *f, const char *name, size_t len) {
  if (f->entry[0] == 0) shorten(f->entry, sizeof f->entry, name, len);
}

void flaw_detail(struct flaw *f, const char *text, size_t len) {
  if (f->detail[0] == 0) shorten(f->detail, sizeof f->detail, text, len);
}

void flaw_number(struct flaw *f, uint64_t number) {
  if (f->detail[0] == 0) snprintf(f->detail, sizeof f->detail, "%llu", (unsigned long long)number);
}

/* Where the flaw is, ending in ": ", or nothing. */
static void print_place(const struct flaw *f, char *out, size_t n) {
  const char *entry = f->entry[0] ? "entry '" : "", *close = f->entry[0] ? "' " : "";
  unsigned long long offset = f->offset, packed = f->packed;
  if (f->offset != FLAW_NOWHERE && f->packed != FLAW_NOWHERE)
    snprintf(out, n, "%s%s%sat offset %llu (stored offset %llu): ", entry, f->entry, close, offset, packed);
  else if (f->offset != FLAW_NOWHERE)
    snprintf(out, n, "%s%s%sat offset %llu: ", entry, f->entry, close, offset);
  else if (f->packed != FLAW_NOWHERE)
    snprintf(out, n, "%s%s%sat stored offset %llu: ", entry, f->entry, close, packed);
  else if (f->entry[0])
    snprintf(out, n, "entry '%s': ", f->entry);
  else
    out[0] = 0;
}

size_t flaw_print(const struct flaw *f, char *out, size_t n) {
  char place[sizeof f->entry + 96], memory[64] = "";
  const char *reason = f->reason ? f->reason : err_sentence(f->code);
  if (n == 0) return 0;
  print_place(f, place, sizeof place);
  if (f->code == ERR_NOMEM && f->wanted != 0)
    snprintf(memory, sizeof memory, " (%llu bytes wanted, %llu left)", (unsigned long long)f->wanted,
             (unsigned long long)f->left);
  int written = snprintf(out, n, "%s%s%s%s%s", place, reason, f->detail[0] ? " " : "", f->detail, memory);
  if (written < 0) written = 0, out[0] = 0;
  return (size_t)written < n ? (size_t)written : n - 1;
}
