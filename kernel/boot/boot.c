/* kernel/boot/boot.c - the boot: one list, run in its order; the first failure stops the machine with the stage's name.
 *
 * Stages stand in boot.h.  System initialisation ends where the program begins: the last stage does not come back.
 */
#include "kernel/boot/boot.h"

#include <assert.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "formats/codec_note.h"

VERSION_NOTE(TAPROOT_VERSION);

enum stage_order {
  STAGE_nothing = -1,
#define BOOT_ORDER(name, need, need2) STAGE_##name,
  BOOT_STAGES(BOOT_ORDER)
#undef BOOT_ORDER
};

#define BOOT_CHECK(name, need, need2)                                                                                  \
  _Static_assert((int)STAGE_##need < (int)STAGE_##name, #name " stands before its need " #need);                       \
  _Static_assert((int)STAGE_##need2 < (int)STAGE_##name, #name " stands before its need " #need2);
BOOT_STAGES(BOOT_CHECK)
#undef BOOT_CHECK

static const struct stage {
  const char *name;
  int (*run)(struct boot *b);
} stages[] = {
#define BOOT_ROW(name, need, need2) {#name, boot_##name},
    BOOT_STAGES(BOOT_ROW)
#undef BOOT_ROW
};

static void append(char *text, size_t room, const char *joint, const char *format, va_list args) {
  size_t used = strlen(text);
  if (used > 0) used += (size_t)snprintf(text + used, room - used, "%s", joint);
  if (used < room) vsnprintf(text + used, room - used, format, args);
}

void boot_detail(struct boot *b, const char *format, ...) {
  va_list args;
  va_start(args, format);
  append(b->detail, sizeof b->detail, ", ", format, args);
  va_end(args);
}

int boot_why(struct boot *b, int code, const char *format, ...) {
  va_list args;
  va_start(args, format);
  b->sentence[0] = 0;
  append(b->sentence, sizeof b->sentence, "", format, args);
  va_end(args);
  return code;
}

int boot_flaw(struct boot *b, const struct flaw *flaw) {
  flaw_print(flaw, b->sentence, sizeof b->sentence);
  return flaw->code;
}

void boot_say(struct boot *b, const char *format, ...) {
  char line[BOOT_SENTENCE + 64];
  va_list args;
  size_t n;
  va_start(args, format);
  vsnprintf(line, sizeof line - 1, format, args);
  va_end(args);
  n = strlen(line);
  line[n] = '\n';
  plat_log(b->plat, line, n + 1);
}

static _Noreturn void stop(struct boot *b, const struct stage *s, int code) {
  char status[BOOT_SENTENCE + 64];
  if (!b->sentence[0] && code == ERR_NOMEM)
    boot_why(b, code, "%s (%lu bytes of memory in all, %lu left)", err_sentence(code), pages_total(&b->pages),
             pages_free(&b->pages));
  if (!b->sentence[0]) boot_why(b, code, "%s", err_sentence(code));
  boot_say(b, "boot stopped in %s: %s", s->name, b->sentence);
  snprintf(status, sizeof status, "stopped %s: %s", s->name, b->sentence);
  plat_status(b->plat, status, strlen(status));
  plat_end(b->plat, END_STOPPED, 0);
}

static void run(struct boot *b, const struct stage *s) {
  uint64_t start = plat_ticks(b->plat), cost;
  int code;
  b->detail[0] = 0;
  code = s->run(b);
  cost = plat_ticks(b->plat) - start;
  assert(code != ERR_BUG);
  if (code < 0) stop(b, s, code);
  if (!b->words.quiet) boot_say(b, "boot: %s %lu instructions%s%s", s->name, cost, b->detail[0] ? "; " : "", b->detail);
}

_Noreturn void plat_main(struct plat *p) {
  static struct boot boot; /* too large for the stack; there is one boot */
  boot.plat = p;
  for (size_t i = 0; i < sizeof stages / sizeof stages[0]; i++) run(&boot, &stages[i]);
  plat_end(p, END_PANIC, 0); /* not reached: the last stage ends the machine */
}
