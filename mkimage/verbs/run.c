/* mkimage/verbs/run.c - the verb run: boots an image under QEMU; its status is the program's.
 *
 * What is asked is turned into a plan (run.h), the plan is checked against what
 * QEMU would not notice, then the machine runs and its end is told.
 */
#include "mkimage/run/run.h"

#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "formats/bytes.h"
#include "formats/err.h"
#include "mkimage/image/image.h"
#include "mkimage/image/need.h"
#include "mkimage/verbs/left.h"
#include "mkimage/verbs/verbs.h"

enum { RUN_MIB = 1 << 20, RUN_DEFAULT_MIB = 128, RUN_MAX_MIB = 1 << 20, RUN_MAX_S = 1000000000 };

static const struct verb_option run_options[] = {
    {0, "initrd", "FILE", "an archive that the machine unpacks instead of the embedded one"},
    {'m', "memory", "MIB", "memory of the machine (default: what app.cfg said, else 128 or what it needs)"},
    {0, "machine", "BOARD", "microvm, q35 or pc (default: microvm where QEMU knows it, else q35)"},
    {0, "cpu", "MODEL", "processor model (default: max)"},
    {0, "timeout", "S", "stops the machine after that many seconds; status 124"},
    {0, "result", "FILE", "writes how it ended as JSON"},
    {0, "save", "FILE", "writes what the program left in /, or of that each PATH, as an archive"},
    {'f', "format", "FORMAT", "of that archive: newc, pax or auto (default: auto)"},
    {'z', "compress", "CODEC[:LEVEL]", "of that archive: none, gzip, lz4, zstd or xz (default: none)"},
    {0, "qemu", "WORDS", "further arguments for QEMU, separated by blanks"},
    {0, NULL, NULL, NULL}};

/* --- the image ----------------------------------------------------------------------- */

/* Memory for an image when nobody said how much: what app.cfg gives it, else what leaves its program room. */
static uint64_t run_memory(const uint8_t *bytes, uint64_t size) {
  struct flaw ignored = {0};
  struct image im;
  struct need need;
  struct manifest_record r;
  if (image_recognise(&im, "", bytes, size, &ignored) < 0 || im.kind != IMAGE_PACKED) return RUN_DEFAULT_MIB;
  if (manifest_find(im.records, MANIFEST_MEMORY, &r) && r.length == 8 && bytes_le64(r.bytes) > 0)
    return (bytes_le64(r.bytes) - 1) / RUN_MIB + 1;
  need_of_image(&im, &need);
  return need.roomy / RUN_MIB < RUN_DEFAULT_MIB ? RUN_DEFAULT_MIB : need.roomy / RUN_MIB + 1;
}

/* What run needs to know of it.  A damaged archive is none of it: the machine shall see it, and stop. */
static int run_look(const char *path, const struct say *say, uint64_t *kernel_end, uint64_t *memory_mib) {
  const uint8_t *bytes = NULL;
  uint64_t size = 0;
  struct flaw flaw = {0};
  struct elf elf;
  int status = image_map(say, path, &bytes, &size);
  if (status != EXIT_DONE) return status;
  if (size < 4 || memcmp(bytes, "\177ELF", 4) != 0)
    status = say_error(say, EXIT_DAMAGED, "%s: not an image (no ELF file)", say_name(path).text);
  else if (elf_open(&elf, bytes, size, size, &flaw) < 0 || run_kernel_end(&elf, kernel_end, &flaw) < 0)
    status = say_flaw(say, path, &flaw);
  else if (*memory_mib == 0)
    *memory_mib = run_memory(bytes, size);
  if (bytes != NULL) munmap((void *)(uintptr_t)bytes, (size_t)size);
  return status;
}

static int run_initrd_size(const char *path, const struct say *say, uint64_t *size) {
  const uint8_t *bytes;
  int status = image_map(say, path, &bytes, size);
  if (status != EXIT_DONE) return status;
  if (*size == 0) return say_error(say, EXIT_UNFIT, "%s: an empty file cannot be given as initrd", say_name(path).text);
  munmap((void *)(uintptr_t)bytes, (size_t)*size);
  return EXIT_DONE;
}

/* --- the plan -------------------------------------------------------------------------- */

static int run_number(const struct call *c, const char *name, uint64_t max, uint64_t *out) {
  const char *text = call_option(c, name);
  *out = 0;
  if (text == NULL || (call_number(text, max, out) && *out > 0)) return EXIT_DONE;
  return say_error(&c->say, EXIT_USAGE, "--%s: not a number from 1 to %llu: '%s'", name, (unsigned long long)max,
                   say_name(text).text);
}

static bool run_knows(const char *machine) {
  return strcmp(machine, "microvm") == 0 || strcmp(machine, "q35") == 0 || strcmp(machine, "pc") == 0;
}

static bool run_joined(void) {
  struct stat out, err;
  return fstat(1, &out) == 0 && fstat(2, &err) == 0 && out.st_dev == err.st_dev && out.st_ino == err.st_ino;
}

static int run_plan_options(struct run_plan *plan, const struct call *c) {
  const char *qemu = getenv("QEMU"), *machine = call_option(c, "machine"), *cpu = call_option(c, "cpu");
  uint64_t seconds;
  plan->qemu = qemu != NULL && *qemu != 0 ? qemu : "qemu-system-x86_64";
  plan->image = c->operand[0];
  plan->initrd = call_option(c, "initrd");
  plan->machine = machine != NULL ? machine : "microvm";
  plan->cpu = cpu != NULL ? cpu : "max";
  plan->extra = call_option(c, "qemu");
  plan->joined = run_joined();
  if (!run_knows(plan->machine))
    return say_error(&c->say, EXIT_USAGE, "--machine: microvm, q35 or pc, not '%s'", say_name(plan->machine).text);
  int status = run_number(c, "memory", RUN_MAX_MIB, &plan->memory_mib);
  if (status == EXIT_DONE) status = run_number(c, "timeout", RUN_MAX_S, &seconds);
  if (status == EXIT_DONE) plan->timeout_ms = seconds * 1000;
  return status;
}

static int run_check_fit(const struct run_plan *plan, uint64_t kernel_end, uint64_t initrd, const struct say *say) {
  struct run_fit f = {
      .kernel_end = kernel_end, .initrd = initrd, .memory = plan->memory_mib * RUN_MIB, .machine = plan->machine};
  if (run_fit(&f) == 0) return EXIT_DONE;
  if (f.wanted_mib == 0) return say_error(say, EXIT_UNFIT, "%s, and no -m would do on %s", f.sentence, plan->machine);
  return say_error(say, EXIT_UNFIT, "%s (-m %llu; it takes at least -m %llu)", f.sentence,
                   (unsigned long long)plan->memory_mib, (unsigned long long)f.wanted_mib);
}

static int run_make_plan(struct run_plan *plan, const struct call *c) {
  uint64_t kernel_end = 0, initrd = 0;
  int status = run_plan_options(plan, c);
  if (status != EXIT_DONE) return status;
  status = run_look(plan->image, &c->say, &kernel_end, &plan->memory_mib);
  if (status != EXIT_DONE) return status;
  if (plan->initrd != NULL && (status = run_initrd_size(plan->initrd, &c->say, &initrd)) != EXIT_DONE) return status;
  if (run_line(plan->line, plan->save, c->has_rest ? c->rest : NULL, c->rests) < 0)
    return say_error(&c->say, EXIT_UNFIT, "the arguments do not fit the boot line of %d bytes", LIMIT_BOOT_LINE - 1);
  return run_check_fit(plan, kernel_end, initrd, &c->say);
}

/* --- the run ------------------------------------------------------------------------------ */

/* Ends as the signal would have ended us, had QEMU not been to be ended first. */
static void run_die(int signo, const struct sigaction *pipe_before) {
  if (signo == SIGPIPE && pipe_before->sa_handler == SIG_IGN) return;
  signal(signo, SIG_DFL);
  raise(signo);
}

static int run_machine(const struct run_plan *plan, struct run_end *end, const struct say *say) {
  struct run_qemu q;
  int status = EXIT_DONE;
  if (plan->save != NULL) {
    run_save_close(plan->save);
    plan->save->ram_bytes = plan->memory_mib * RUN_MIB;
    plan->save->low_end = run_low_end(plan->machine, plan->save->ram_bytes);
    status = run_save_open(plan->save, say);
  }
  if (status == EXIT_DONE) status = run_qemu_start(&q, plan, say);
  return status == EXIT_DONE ? run_carry(&q, plan, say, end) : status;
}

/* QEMU was built without microvm. */
static bool run_lacks_board(const struct run_end *end) {
  return end->how == RUN_NOT && end->log_len == 0 && strstr(end->said, "unsupported machine type") != NULL;
}

static int run_boot(struct run_plan *plan, struct run_end *end, const struct call *c) {
  int status = run_make_plan(plan, c);
  if (status == EXIT_DONE) status = run_machine(plan, end, &c->say);
  if (status == EXIT_DONE && call_option(c, "machine") == NULL && run_lacks_board(end)) {
    plan->machine = "q35";
    status = run_machine(plan, end, &c->say);
  }
  return status;
}

/* Tells how it ended, in --result and in words; the status, unless a signal was the end. */
static int run_end(const struct run_plan *plan, const struct run_end *end, const struct call *c,
                   const struct sigaction *pipe_before) {
  const char *file = call_option(c, "result");
  bool written = file == NULL || run_result(file, end, &c->say) == EXIT_DONE;
  if (end->how == RUN_INTERRUPTED) run_die(end->status, pipe_before);
  if (end->how == RUN_OUTPUT && end->error == EPIPE) run_die(SIGPIPE, pipe_before);
  int status = end->how == RUN_REFUSED ? end->status : run_tell(plan, end, &c->say);
  if (plan->save != NULL && end->how != RUN_REFUSED) {
    int left = left_write(c, plan->save, end);
    if (status == EXIT_DONE) status = left;
  }
  return written ? status : EXIT_USAGE;
}

static int run_verb(struct call *c) {
  static const struct sigaction ignore = {.sa_handler = SIG_IGN};
  struct sigaction pipe_before;
  struct run_save save = {.ram = -1, .spool = -1, .attrs = -1, .keep = c->operand + 1, .keeps = c->operands - 1};
  if (strcmp(c->operand[0], "-") == 0)
    return say_error(&c->say, EXIT_USAGE, "an image cannot come from standard input, which is the program's");
  int status = left_check(c);
  if (status == EXIT_DONE) status = call_file(c, "result");
  if (status != EXIT_DONE) return status;
  struct run_plan *plan = calloc(1, sizeof *plan);
  struct run_end *end = calloc(1, sizeof *end);
  status = EXIT_USAGE;
  sigaction(SIGPIPE, &ignore, &pipe_before);
  if (plan == NULL || end == NULL) {
    say_error(&c->say, EXIT_USAGE, "no memory");
  } else {
    plan->save = call_option(c, "save") != NULL ? &save : NULL;
    status = run_boot(plan, end, c);
    if (status != EXIT_DONE) *end = (struct run_end){.how = RUN_REFUSED, .status = status};
    status = run_end(plan, end, c, &pipe_before);
  }
  run_save_close(&save);
  free(plan);
  free(end);
  return status;
}

const struct verb verb_run = {
    .name = "run",
    .operands = "IMAGE [PATH...] [-- ARG...]",
    .summary = "Boots an image under QEMU; the program's input, output and status are its own",
    .options = run_options,
    .operands_min = 1,
    .operands_max = 256,
    .rest = true,
    .run = run_verb,
};
