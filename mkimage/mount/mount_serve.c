/* mkimage/mount/mount_serve.c - the session with the kernel: see mount.h. */
#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "mkimage/mount/mount_parts.h"

/* --- a request -------------------------------------------------------------------------------- */

struct mount *mount_of(fuse_req_t req) {
  struct mount *m = fuse_req_userdata(req);
  const struct fuse_ctx *ctx = fuse_req_ctx(req);
  gid_t groups[TAPROOT_GROUPS];
  struct taproot_caller c = {.uid = ctx->uid, .gid = ctx->gid, .groups = groups};
  if (m->fakeroot) {
    c.uid = c.gid = 0;
  } else if (ctx->uid != 0) { /* user 0 may do everything without them */
    int n = fuse_req_getgroups(req, TAPROOT_GROUPS, groups);
    c.group_count = n < 0 ? 0 : n > TAPROOT_GROUPS ? TAPROOT_GROUPS : (unsigned)n;
  }
  taproot_become(m->t, &c);
  return m;
}

char *mount_buffer(struct mount *m, size_t n) {
  if (n < m->room || (m->buffer != NULL && n == m->room)) return m->buffer;
  char *more = realloc(m->buffer, n + !n);
  if (more == NULL) return NULL;
  m->buffer = more;
  m->room = n;
  return more;
}

void mount_answer(fuse_req_t req, int rc) {
  int error = rc < 0 ? -rc : 0;
  fuse_reply_err(req, error < 1000 ? error : EIO);
}

void mount_answer_change(struct mount *m, fuse_req_t req, int rc) {
  if (rc >= 0) m->changed = true;
  mount_answer(req, rc);
}

/* Set-id bits are vfscore's to clear; who else could change a file's bytes there is nobody. */
static void mount_init(void *userdata, struct fuse_conn_info *conn) {
  unsigned wanted = FUSE_CAP_HANDLE_KILLPRIV | FUSE_CAP_ATOMIC_O_TRUNC;
  conn->want |= conn->capable & wanted;
  conn->want &= ~(unsigned)FUSE_CAP_AUTO_INVAL_DATA;
}

/* --- the session --------------------------------------------------------------------------------- */

/* "-o fsname=NAME,..." with what would end the name in it escaped. */
static int mount_arguments(const struct mount_plan *plan, struct fuse_args *args) {
  char *all = NULL, *name = NULL;
  int rc = -1;
  if (asprintf(&name, "fsname=%s", plan->name) < 0) return -1;
  if (fuse_opt_add_opt(&all, "subtype=mkimage") == 0 && fuse_opt_add_opt_escaped(&all, name) == 0 &&
      (plan->fakeroot || fuse_opt_add_opt(&all, "default_permissions") == 0) &&
      (!plan->read_only || fuse_opt_add_opt(&all, "ro") == 0) &&
      (plan->options == NULL || fuse_opt_add_opt(&all, plan->options) == 0))
    rc = 0;
  if (rc == 0)
    rc = fuse_opt_add_arg(args, "mkimage") == 0 && fuse_opt_add_arg(args, "-o") == 0 && fuse_opt_add_arg(args, all) == 0
             ? 0
             : -1;
  free(name);
  free(all);
  return rc;
}

/* libfuse's own loop may sleep on after a signal that came just before it reads: ours lets them in only while it
 * waits. */
static int mount_requests(struct fuse_session *se, int end, const sigset_t *open) {
  struct fuse_buf buf = {.mem = NULL};
  struct pollfd fds[2] = {{.fd = fuse_session_fd(se), .events = POLLIN}, {.fd = end, .events = POLLIN}};
  int rc = 0;
  while (rc >= 0 && !fuse_session_exited(se)) {
    if (ppoll(fds, 2, NULL, open) < 0) {
      if (errno != EINTR) rc = -errno;
      continue;
    }
    if (fds[0].revents == 0) { /* nobody waits for an answer, and it is to end */
      if (fds[1].revents != 0) fuse_session_exit(se);
      continue;
    }
    rc = fuse_session_receive_buf(se, &buf);
    if (rc == -EINTR || rc == -EAGAIN) rc = 0;
    if (rc > 0) fuse_session_process_buf(se, &buf);
  }
  free(buf.mem);
  return rc < 0 ? rc : 0;
}

static int mount_mounted(const struct mount_plan *plan, struct fuse_session *se) {
  static const int ends[] = {SIGHUP, SIGINT, SIGTERM};
  sigset_t held, open;
  sigemptyset(&held);
  for (size_t i = 0; i < sizeof ends / sizeof ends[0]; i++) sigaddset(&held, ends[i]);
  sigprocmask(SIG_BLOCK, &held, &open);
  int end = plan->ready != NULL ? plan->ready(plan->arg) : -1;
  int rc = mount_requests(se, end, &open);
  fuse_session_unmount(se);
  sigprocmask(SIG_SETMASK, &open, NULL);
  if (rc == 0) return EXIT_DONE;
  return say_error(plan->say, EXIT_USAGE, "%s: the kernel's requests end: %s", say_name(plan->dir).text, strerror(-rc));
}

static int mount_loop(const struct mount_plan *plan, struct fuse_session *se) {
  if (fuse_set_signal_handlers(se) != 0) return say_error(plan->say, EXIT_USAGE, "signals cannot be caught");
  int status = EXIT_DONE;
  if (fuse_session_mount(se, plan->dir) != 0) {
    status = say_error(plan->say, EXIT_USAGE, "%s: cannot be mounted on (is there a /dev/fuse, and fusermount3?)",
                       say_name(plan->dir).text);
  } else
    status = mount_mounted(plan, se);
  fuse_remove_signal_handlers(se);
  return status;
}

int mount_serve(const struct mount_plan *plan, bool *changed) {
  struct mount m = {.t = plan->t, .fakeroot = plan->fakeroot};
  struct fuse_lowlevel_ops ops = {.init = mount_init};
  struct fuse_args args = FUSE_ARGS_INIT(0, NULL);
  struct fuse_session *se = NULL;
  int status = EXIT_USAGE;
  mount_names_ops(&ops);
  mount_files_ops(&ops);
  mount_attrs_ops(&ops);
  if (mount_arguments(plan, &args) != 0)
    say_error(plan->say, EXIT_USAGE, "no memory to mount");
  else if ((se = fuse_session_new(&args, &ops, sizeof ops, &m)) == NULL)
    say_error(plan->say, EXIT_USAGE, "the options '%s' are not taken", plan->options != NULL ? plan->options : "");
  else
    status = mount_loop(plan, se);
  if (se != NULL) fuse_session_destroy(se);
  fuse_opt_free_args(&args);
  nodes_drop(&m.nodes);
  free(m.buffer);
  *changed = m.changed;
  return status;
}
