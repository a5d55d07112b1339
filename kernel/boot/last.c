/* kernel/boot/last.c - the last stages: devices program. */
#include "kernel/boot/boot.h"

#include <assert.h>
#include <stdio.h>
#include <string.h>

static const struct cred root_cred; /* all ids 0, umask 0 */

static const struct node {
  const char *path;
  uint32_t mode, major, minor;
} nodes[] = {
    {"/dev/null", 0666, 1, 3},    {"/dev/zero", 0666, 1, 5},    {"/dev/full", 0666, 1, 7}, {"/dev/random", 0666, 1, 8},
    {"/dev/urandom", 0666, 1, 9}, {"/dev/console", 0600, 5, 1}, {"/dev/tty", 0666, 5, 0},
};
enum { NODES = sizeof nodes / sizeof nodes[0] };

/* The archive's own come first: a name that is taken stays what it is. */
static int make_node(struct boot *b, size_t i) {
  const struct node *n = &nodes[i];
  int code = vfs_mknod(&b->vfs, &root_cred, vfs_root(&b->vfs), n->path, MODE_CHR | n->mode, n->major, n->minor);
  if (code == 0) b->made |= 1u << i;
  return code == ERR_EXIST ? 0 : code;
}

static int make_all(struct boot *b) {
  for (size_t i = 0; i < NODES; i++) {
    int code = make_node(b, i);
    if (code == ERR_NOMEM) return code;
    if (code < 0) {
      boot_detail(b, "no %s: %s", nodes[i].path, err_sentence(code));
      return 0;
    }
  }
  return 0;
}

/* The directories keep the time that was packed: the program sees no change that nobody made. */
static int make_nodes(struct boot *b) {
  struct inode *root = vfs_root(&b->vfs), *dev;
  struct stamp packed = root->mtime;
  int code = vfs_mkdir(&b->vfs, &root_cred, root, "/dev", 0755);
  if (code < 0 && code != ERR_EXIST) return code;
  b->made_dev = code == 0;
  root->mtime = packed;
  if (vfs_resolve(&b->vfs, &root_cred, root, "/dev", VFS_FOLLOW, &dev) < 0) return make_all(b);
  packed = dev->mtime;
  code = make_all(b);
  dev->mtime = packed;
  fs_let_go(dev);
  return code;
}

/* Is it a node that boot_devices made, as it made it? */
bool devices_made(const struct boot *b, const char *name, size_t len, const struct inode *i) {
  for (size_t k = 0; k < NODES; k++)
    if (b->made >> k & 1 && strlen(nodes[k].path + sizeof "/dev") == len &&
        memcmp(nodes[k].path + sizeof "/dev", name, len) == 0)
      return i->mode == (MODE_CHR | nodes[k].mode) && i->rdev_major == nodes[k].major &&
             i->rdev_minor == nodes[k].minor;
  return false;
}

int boot_devices(struct boot *b) {
  static const char *const names[BOOT_CHANNELS] = {"stdin", "stdout", "stderr"};
  int code = vfs_std_devices(&b->vfs);
  for (int i = 0; i < BOOT_CHANNELS; i++) console_channel(b, &b->channel[i], i, names[i]);
  console_channel(b, &b->console, 1, "console");
  b->terminal = b->console.device;
  b->terminal.name = "tty";
  b->terminal.minor = 0;
  if (code == 0) code = vfs_device(&b->vfs, &b->console.device);
  if (code == 0) code = vfs_device(&b->vfs, &b->terminal);
  return code < 0 ? code : make_nodes(b);
}

static int open_input(struct boot *b, struct file **out) {
  const char *from = b->command.input;
  int code;
  if (strcmp(from, "console") == 0)
    return vfs_open_device(&b->vfs, &b->channel[0].device, plat_is_terminal(b->plat) ? VFS_RDWR : VFS_RDONLY, out);
  if (strcmp(from, "null") == 0) from = "/dev/null";
  code = vfs_open(&b->vfs, &root_cred, vfs_root(&b->vfs), from, VFS_RDONLY, 0, out);
  return code < 0 ? boot_why(b, code, "standard input '%s': %s", from, err_sentence(code)) : 0;
}

static int open_channels(struct boot *b, struct file *std[BOOT_CHANNELS]) {
  unsigned flags = plat_is_terminal(b->plat) ? VFS_RDWR : VFS_WRONLY;
  int code = open_input(b, &std[0]);
  for (int i = 1; code == 0 && i < BOOT_CHANNELS; i++)
    code = vfs_open_device(&b->vfs, &b->channel[i].device, flags, &std[i]);
  return code;
}

static void log_line(void *owner, const char *line) { boot_say(owner, "%s", line); }

static void say_start(void *owner) {
  struct boot *b = owner;
  if (!b->words.quiet) boot_say(b, "boot: program starts after %lu instructions", plat_ticks(b->plat));
}

static _Noreturn void end(struct boot *b, const struct program_end *e) {
  char status[32];
  snprintf(status, sizeof status, "%s %d", e->signalled ? "signal" : "exit", e->status);
  if (!b->words.quiet) boot_say(b, "program: %s", status);
  left_save(b);
  plat_status(b->plat, status, strlen(status));
  plat_end(b->plat, e->signalled ? END_SIGNAL : END_PROGRAM, e->status);
}

int boot_program(struct boot *b) {
  const struct boot_command *c = &b->command;
  struct program_start start = {.path = c->path,
                                .argv = c->argv,
                                .envp = c->envp,
                                .cwd = c->cwd,
                                .vfs = &b->vfs,
                                .heap = &b->heap,
                                .plat = b->plat,
                                .starts = say_start,
                                .log = log_line,
                                .log_owner = b};
  struct program_end how = {0};
  int code;
  if (!c->path[0]) return boot_why(b, ERR_NOENT, "no program: neither the image nor init=PATH names one");
  if ((code = open_channels(b, start.std)) < 0) return code;
  code = program_run(&start, &how, b->sentence, sizeof b->sentence);
  assert(code != ERR_BUG);
  if (code < 0) return code;
  end(b, &how);
}
