/* kernel/boot/console.c - the machine's console as a character device.
 *
 * Over separate channels bytes go as they are; on a terminal, input passes through the line discipline.
 */
#include "kernel/boot/boot.h"

#include <string.h>

enum { CHUNK = 512, CONSOLE_MAJOR = 5, CONSOLE_MINOR = 1 };

static struct boot_channel *channel_of(struct file *f) { return f->device->owner; }

static int64_t console_write(struct file *f, struct io *io) {
  struct boot_channel *c = channel_of(f);
  char bytes[CHUNK];
  int64_t done = 0;
  while (io->left > 0) {
    size_t n = io->left < CHUNK ? io->left : CHUNK;
    int code = io->move(io, bytes, n);
    if (code < 0) return done ? done : code;
    plat_write(c->plat, c->channel, bytes, n);
    done += (int64_t)n;
  }
  return done;
}

static int64_t read_bytes(struct boot_channel *c, struct io *io) {
  char bytes[CHUNK];
  int64_t done = 0;
  while (io->left > 0) {
    int64_t n = plat_read(c->plat, bytes, io->left < CHUNK ? io->left : CHUNK);
    int code;
    if (n <= 0) return done ? done : n;
    if ((code = io->move(io, bytes, (size_t)n)) < 0) return done ? done : code;
    done += n;
  }
  return done;
}

static void type_ahead(struct boot_channel *c) {
  char key;
  while (!c->tty->complete && plat_read(c->plat, &key, 1) == 1) tty_key(c->tty, key);
}

static int64_t read_line(struct boot_channel *c, struct io *io) {
  const char *line;
  size_t n;
  int code;
  type_ahead(c);
  if (!c->tty->complete) return ERR_AGAIN;
  line = tty_line(c->tty, &n);
  if (n > io->left) n = io->left;
  if (n > 0 && (code = io->move(io, (void *)line, n)) < 0) return code;
  tty_used(c->tty, n);
  return (int64_t)n;
}

static int64_t console_read(struct file *f, struct io *io) {
  struct boot_channel *c = channel_of(f);
  if (io->left == 0) return 0;
  return c->tty ? read_line(c, io) : read_bytes(c, io);
}

static unsigned console_poll(struct file *f) {
  struct boot_channel *c = channel_of(f);
  if (!c->tty) return VFS_OUT | (plat_readable(c->plat) ? VFS_IN : 0);
  type_ahead(c);
  return VFS_OUT | (c->tty->complete ? VFS_IN : 0);
}

static void console_modes(const struct device *d, unsigned modes) {
  struct boot_channel *c = d->owner;
  c->tty->raw = !(modes & DEVICE_LINES);
  c->tty->silent = !(modes & DEVICE_ECHO);
  c->tty->plain = !(modes & DEVICE_NEWLINE);
}

static void echo(void *owner, const char *bytes, size_t n) { plat_write(owner, 1, bytes, n); }

void console_channel(struct boot *b, struct boot_channel *c, int channel, const char *name) {
  bool terminal = plat_is_terminal(b->plat);
  b->tty.echo = echo;
  b->tty.owner = b->plat;
  *c = (struct boot_channel){.plat = b->plat, .tty = terminal ? &b->tty : NULL, .channel = channel};
  c->device = (struct device){.major = CONSOLE_MAJOR,
                              .minor = CONSOLE_MINOR,
                              .name = name,
                              .read = console_read,
                              .write = console_write,
                              .poll = console_poll,
                              .owner = c,
                              .terminal = terminal,
                              .modes = terminal ? console_modes : NULL};
}
