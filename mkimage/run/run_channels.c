/* mkimage/run/run_channels.c - carries every stream between the machine and us.
 *
 * One poll loop: the program's output goes on as it comes and never faster than
 * whoever reads ours; a frame of input goes in whenever the machine asks for
 * one.  It ends when QEMU has ended and all that it wrote is delivered.
 */
#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/signalfd.h>
#include <time.h>
#include <unistd.h>

#include "formats/bytes.h"
#include "mkimage/run/run.h"
#include "mkimage/run/run_log.h"

enum {
  SINK_BYTES = 65536,
  SINK_STEP = 4096, /* what a pipe that polls as writable takes without blocking */
  FRAME_BYTES = 4096,
  LINE_BYTES = 2048,
  GRACE_MS = 5000, /* for QEMU to end after the status line */
};

/* One of the program's output streams, on its way to a descriptor of ours. */
struct sink {
  int *from;
  int to, error;
  size_t have, sent;
  uint8_t bytes[SINK_BYTES];
};

/* Lines gathered from a stream. */
struct gather {
  size_t have;
  char bytes[LINE_BYTES];
};

struct channels {
  struct run_qemu *q;
  const struct say *say;
  struct run_end *end;
  struct sink sink[2]; /* out, err */
  struct sink *beside; /* the one that goes where the log goes */
  struct run_log log;
  struct gather status;
  struct run_save *save;    /* NULL: nothing is saved */
  size_t said;              /* bytes in end->said */
  uint64_t asked;           /* frames the machine waits for */
  bool input_ended;         /* the frame of length 0 was sent, or nobody listens */
  size_t frame, frame_sent; /* bytes of the frame below, and how many are sent */
  uint8_t frame_bytes[2 + FRAME_BYTES];
  int signals;
  bool gone; /* QEMU has ended */
  uint64_t started_ms, deadline_ms;
};

static uint64_t now_ms(void) {
  struct timespec t;
  clock_gettime(CLOCK_MONOTONIC, &t);
  return (uint64_t)t.tv_sec * 1000 + (uint64_t)t.tv_nsec / 1000000;
}

/* Reads what is there.  Bytes read; 0: nothing now.  Closes the descriptor at its end, which is
 * also where it is empty once QEMU has gone. */
static size_t channel_read(struct channels *c, int *fd, void *out, size_t room) {
  ssize_t n = room > 0 && *fd >= 0 ? read(*fd, out, room) : -1;
  if (n > 0) return (size_t)n;
  bool empty = n < 0 && errno == EAGAIN;
  if (*fd < 0 || room == 0 || (n < 0 && errno == EINTR) || (empty && !c->gone)) return 0;
  close(*fd);
  *fd = -1;
  return 0;
}

/* --- the program's output ------------------------------------------------------------------ */

static void sink_fill(struct channels *c, struct sink *s) {
  if (s->sent < s->have) return;
  s->sent = 0;
  s->have = channel_read(c, s->from, s->bytes, sizeof s->bytes);
}

static void sink_write(struct channels *c, struct sink *s) {
  size_t n = s->have - s->sent;
  ssize_t wrote = write(s->to, s->bytes + s->sent, n < SINK_STEP ? n : SINK_STEP);
  if (wrote >= 0) {
    if (s == c->beside) run_log_beside(&c->log, (const char *)s->bytes + s->sent, (size_t)wrote);
    s->sent += (size_t)wrote;
  } else if (errno != EAGAIN && errno != EINTR) {
    s->error = errno;
    c->end->how = RUN_OUTPUT;
    c->end->status = s->to;
    c->end->error = errno;
    run_qemu_kill(c->q);
  }
}

/* --- the log, the status line, QEMU's own words ------------------------------------------------ */

/* Keeps the end of a stream in keep[0..room). */
static void tail_add(char *keep, size_t room, size_t *have, const char *bytes, size_t n) {
  if (n > room) bytes += n - room, n = room;
  size_t drop = *have + n > room ? *have + n - room : 0;
  memmove(keep, keep + drop, *have - drop);
  memcpy(keep + *have - drop, bytes, n);
  *have += n - drop;
}

static void log_take(struct channels *c) {
  char bytes[8192];
  size_t n = channel_read(c, &c->q->stream[RUN_log], bytes, sizeof bytes), have = c->end->log_len;
  tail_add(c->end->log, sizeof c->end->log, &have, bytes, n);
  c->end->log_len = (uint32_t)have;
  if (c->say->verbose) run_log_take(&c->log, bytes, n);
}

static void said_take(struct channels *c) {
  char bytes[4096];
  size_t n = channel_read(c, &c->q->said, bytes, sizeof bytes);
  tail_add(c->end->said, sizeof c->end->said - 1, &c->said, bytes, n);
  c->end->said[c->said] = 0;
}

static void save_take(struct channels *c) {
  uint8_t bytes[16384];
  size_t n = channel_read(c, &c->q->stream[RUN_save], bytes, sizeof bytes);
  if (n > 0) run_save_take(c->save, bytes, n);
}

/* The first line counts; what follows it is not ours to read. */
static void status_take(struct channels *c) {
  char rest[256];
  struct gather *g = &c->status;
  bool full = g->have == sizeof g->bytes;
  size_t n = channel_read(c, &c->q->stream[RUN_status], full ? rest : g->bytes + g->have,
                          full ? sizeof rest : sizeof g->bytes - g->have);
  if (!full) g->have += n;
  const char *line_end = memchr(g->bytes, '\n', g->have);
  if (line_end == NULL || c->end->how != RUN_NOT) return;
  run_parse(g->bytes, (size_t)(line_end - g->bytes), c->end);
  c->deadline_ms = now_ms() + GRACE_MS;
}

/* --- the program's input -------------------------------------------------------------------------- */

static void input_stop(struct channels *c) {
  if (c->q->input >= 0) close(c->q->input);
  c->q->input = -1;
  c->input_ended = true;
}

/* Each byte the machine sends asks for a frame. */
static void input_asked(struct channels *c) {
  uint8_t bytes[256];
  ssize_t n = read(c->q->input, bytes, sizeof bytes);
  if (n > 0)
    c->asked += (uint64_t)n;
  else if (n == 0 || (errno != EAGAIN && errno != EINTR))
    input_stop(c);
}

static void input_read(struct channels *c) {
  ssize_t n = read(0, c->frame_bytes + 2, FRAME_BYTES);
  if (n < 0 && (errno == EINTR || errno == EAGAIN)) return;
  if (n < 0) {
    say_warn(c->say, "standard input: %s; the program sees its end", strerror(errno));
    n = 0;
  }
  bytes_put_le16(c->frame_bytes, (uint16_t)n);
  c->frame = 2 + (size_t)n;
  c->frame_sent = 0;
}

static void input_send(struct channels *c) {
  ssize_t n = write(c->q->input, c->frame_bytes + c->frame_sent, c->frame - c->frame_sent);
  if (n < 0 && (errno == EAGAIN || errno == EINTR)) return;
  if (n < 0) {
    input_stop(c);
    return;
  }
  c->frame_sent += (size_t)n;
  if (c->frame_sent < c->frame) return;
  c->asked--;
  c->input_ended = c->frame == 2;
  c->frame = c->frame_sent = 0;
}

/* --- the loop ----------------------------------------------------------------------------------------- */

enum {
  WATCH_LOG,
  WATCH_STATUS,
  WATCH_SAID,
  WATCH_SAVE,
  WATCH_SINK,
  WATCH_INPUT = WATCH_SINK + 2,
  WATCH_STDIN,
  WATCH_ENDED,
  WATCH_SIGNAL,
  WATCHES
};

static void watch(struct channels *c, struct pollfd *p) {
  p[WATCH_LOG] = (struct pollfd){c->q->stream[RUN_log], POLLIN, 0};
  p[WATCH_STATUS] = (struct pollfd){c->q->stream[RUN_status], POLLIN, 0};
  p[WATCH_SAID] = (struct pollfd){c->q->said, POLLIN, 0};
  p[WATCH_SAVE] = (struct pollfd){c->q->stream[RUN_save], POLLIN, 0};
  for (int i = 0; i < 2; i++) {
    struct sink *s = &c->sink[i];
    bool sending = s->sent < s->have;
    p[WATCH_SINK + i] = (struct pollfd){sending ? s->to : *s->from, sending ? POLLOUT : POLLIN, 0};
  }
  bool wants = c->asked > 0 && !c->input_ended && c->frame == 0 && !c->gone;
  p[WATCH_INPUT] = (struct pollfd){c->gone ? -1 : c->q->input, (short)(POLLIN | (c->frame ? POLLOUT : 0)), 0};
  p[WATCH_STDIN] = (struct pollfd){wants ? 0 : -1, POLLIN, 0};
  p[WATCH_ENDED] = (struct pollfd){c->gone ? -1 : c->q->ended, POLLIN, 0};
  p[WATCH_SIGNAL] = (struct pollfd){c->signals, POLLIN, 0};
}

static void carry_input(struct channels *c, const struct pollfd *p) {
  if (p[WATCH_INPUT].revents & POLLOUT) input_send(c);
  if (c->q->input >= 0 && p[WATCH_INPUT].revents & (POLLIN | POLLHUP | POLLERR)) input_asked(c);
  if (p[WATCH_STDIN].revents != 0) input_read(c);
}

static void carry_signal(struct channels *c) {
  struct signalfd_siginfo info;
  if (read(c->signals, &info, sizeof info) != (ssize_t)sizeof info) return;
  c->end->how = RUN_INTERRUPTED;
  c->end->status = (int)info.ssi_signo;
  run_qemu_kill(c->q);
}

/* The log that waits is shown when its neighbour's pipe, looked at after the log's, has nothing more. */
static void carry_output(struct channels *c, const struct pollfd *p) {
  for (int i = 0; i < 2; i++) {
    struct sink *s = &c->sink[i];
    bool sending = s->sent < s->have, looked = c->gone || p[WATCH_SINK + i].revents || c->log.waiting > 0;
    if (sending && p[WATCH_SINK + i].revents) sink_write(c, s);
    if (!sending && looked) sink_fill(c, s);
    if (!sending && looked && s == c->beside && s->have == 0) run_log_show(&c->log, false);
  }
}

static void carry_once(struct channels *c, const struct pollfd *p) {
  if (p[WATCH_SIGNAL].revents) carry_signal(c);
  if (p[WATCH_ENDED].revents) c->gone = true;
  bool output = p[WATCH_SINK].revents || p[WATCH_SINK + 1].revents;
  if (c->gone || p[WATCH_LOG].revents || output) log_take(c); /* what stands before the output may have come since */
  if (c->gone || p[WATCH_SAID].revents) said_take(c);
  if (c->save != NULL && (c->gone || p[WATCH_SAVE].revents)) save_take(c);
  carry_output(c, p);
  carry_input(c, p);
  if (c->gone || p[WATCH_STATUS].revents) status_take(c);
}

/* Is everything delivered that will be? */
static bool carried(const struct channels *c) {
  if (!c->gone) return false;
  if (c->end->how == RUN_OUTPUT || c->end->how == RUN_INTERRUPTED) return true;
  const int *s = c->q->stream;
  bool read_all =
      c->q->said < 0 && s[RUN_log] < 0 && s[RUN_status] < 0 && s[RUN_out] < 0 && s[RUN_err] < 0 && s[RUN_save] < 0;
  return read_all && c->sink[0].sent == c->sink[0].have && c->sink[1].sent == c->sink[1].have;
}

/* What QEMU left in the pipes is read without waiting; then only our own readers are waited for. */
static int poll_ms(const struct channels *c) {
  bool sending = c->sink[0].sent < c->sink[0].have || c->sink[1].sent < c->sink[1].have;
  if (c->gone) return sending ? 20 : 0;
  if (c->log.waiting > 0 && !sending) return 0;
  if (c->deadline_ms == 0) return -1;
  uint64_t now = now_ms();
  return now >= c->deadline_ms ? 0 : c->deadline_ms - now > 60000 ? 60000 : (int)(c->deadline_ms - now);
}

static void carry_late(struct channels *c) {
  if (c->gone || c->deadline_ms == 0 || now_ms() < c->deadline_ms) return;
  if (c->end->how == RUN_NOT) c->end->how = RUN_TIMEOUT;
  c->deadline_ms = 0;
  run_qemu_kill(c->q);
}

static int carry_all(struct channels *c) {
  struct pollfd p[WATCHES];
  while (!carried(c)) {
    watch(c, p);
    if (poll(p, WATCHES, poll_ms(c)) < 0 && errno != EINTR) return errno;
    carry_once(c, p);
    carry_late(c);
  }
  return 0;
}

static int signals_open(sigset_t *before) {
  sigset_t ours;
  sigemptyset(&ours);
  sigaddset(&ours, SIGINT);
  sigaddset(&ours, SIGTERM);
  sigaddset(&ours, SIGHUP);
  sigprocmask(SIG_BLOCK, &ours, before);
  return signalfd(-1, &ours, SFD_CLOEXEC | SFD_NONBLOCK);
}

int run_carry(struct run_qemu *q, const struct run_plan *plan, const struct say *say, struct run_end *end) {
  sigset_t before;
  struct channels *c = calloc(1, sizeof *c);
  if (c == NULL) return say_error(say, EXIT_USAGE, "no memory to carry the program's output");
  *end = (struct run_end){.how = RUN_NOT};
  *c = (struct channels){.q = q, .say = say, .end = end, .save = plan->save, .started_ms = now_ms()};
  c->sink[0].from = &q->stream[RUN_out];
  c->sink[0].to = 1;
  c->sink[1].from = &q->stream[RUN_err];
  c->sink[1].to = 2;
  c->beside = &c->sink[plan->joined ? 0 : 1];
  if (plan->timeout_ms > 0) c->deadline_ms = c->started_ms + plan->timeout_ms;
  c->signals = signals_open(&before);
  int error = c->signals < 0 ? errno : carry_all(c);
  run_log_show(&c->log, true);
  end->inside = c->log.inside;
  end->wall_ms = now_ms() - c->started_ms;
  end->qemu = run_qemu_stop(q);
  if (c->signals >= 0) close(c->signals);
  sigprocmask(SIG_SETMASK, &before, NULL);
  free(c);
  return error == 0 ? EXIT_DONE : say_error(say, EXIT_USAGE, "cannot wait for the machine: %s", strerror(error));
}
