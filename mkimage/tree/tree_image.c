/* mkimage/tree/tree_image.c - an unpacked file system as a tree: see tree_image.h. */
#include "mkimage/tree/tree_image.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "formats/archive.h"
#include "formats/limits.h"
#include "mkimage/lib/progress.h"
#include "mkimage/tree/tree_feed.h"
#include "mkimage/tree/tree_parts.h"

/* The file system that contents are read from; a thread at a time may be in it. */
struct tree_look {
  struct look *look;
  struct look own; /* where the tree opened it itself */
  pthread_mutex_t turn;
};

static struct tree_look *image_start(struct tree *t, struct look *l) {
  struct tree_look *in = calloc(1, sizeof *in);
  if (in == NULL) return NULL;
  in->look = l != NULL ? l : &in->own;
  pthread_mutex_init(&in->turn, NULL);
  return t->look = in;
}

void tree_look_drop(struct tree *t) {
  if (t->look == NULL) return;
  if (t->look->look == &t->look->own) look_close(&t->look->own);
  pthread_mutex_destroy(&t->look->turn);
  free(t->look);
  t->look = NULL;
}

/* --- names --------------------------------------------------------------------------- */

static struct tree_inode *image_inode(struct tree *t, const struct node *n) {
  struct tree_inode *i = tree_inode(t, n->st.mode);
  if (i == NULL) return NULL;
  bool content = (n->st.mode & MODE_TYPE) == MODE_FILE && n->st.size > 0;
  i->uid = n->st.uid;
  i->gid = n->st.gid;
  i->mtime = n->st.mtime_s;
  i->mtime_ns = n->st.mtime_ns;
  i->rdev_major = n->st.rdev_major;
  i->rdev_minor = n->st.rdev_minor;
  i->target = n->target != NULL ? pool_copy(&t->pool, n->target, n->target_len) : NULL;
  i->size = n->target != NULL ? n->target_len : content ? n->st.size : 0;
  i->place = content ? TREE_LOOK : TREE_NOWHERE;
  i->ino = n->ino;
  return n->target == NULL || i->target != NULL ? i : NULL;
}

/* Names of one inode stay names of one inode. */
static bool image_names(struct tree *t, struct look *l) {
  struct tree_inode **inode = calloc(l->nodes, sizeof(struct tree_inode *));
  bool ok = inode != NULL;
  for (size_t i = 0; ok && i < l->nodes; i++) {
    const struct node *n = &l->node[i];
    const char *path = look_path(l, i);
    inode[i] = n->first < i ? inode[n->first] : image_inode(t, n);
    char *kept = path != NULL ? pool_copy(&t->pool, path, strlen(path)) : NULL;
    ok = kept != NULL && inode[i] != NULL && (n->first < i || look_attrs(l, n, &t->pool, &inode[i]->attrs)) &&
         tree_append(t, kept, inode[i]);
  }
  free(inode);
  return ok;
}

int tree_of_look(struct tree *t, const struct say *say, struct look *l) {
  *t = (struct tree){.root_fd = -1, .spool_fd = -1};
  if (image_start(t, l) == NULL || !image_names(t, l)) return tree_no_memory(t, say);
  return EXIT_DONE;
}

/* --- what it runs -------------------------------------------------------------------------- */

static const char *image_text(struct tree *t, const struct manifest_record *r) {
  return pool_copy(&t->pool, r->bytes, r->length);
}

static size_t image_count(struct cursor records, enum manifest_tag tag) {
  struct manifest_record r;
  size_t n = 0;
  while (manifest_next(&records, &r)) n += r.tag == tag;
  return n;
}

/* Its manifest says it; a bare archive says nothing. */
static bool image_launch(struct tree *t, const struct image *im) {
  struct launch *l = &t->launch;
  struct manifest_record r;
  bool ok = true;
  if (im->kind != IMAGE_PACKED) return true;
  l->of = "the image";
  l->arg = pool_take(&t->pool, (image_count(im->records, MANIFEST_ARG) + 1) * sizeof *l->arg);
  l->env = pool_take(&t->pool, (image_count(im->records, MANIFEST_ENV) + 1) * sizeof *l->env);
  if (l->arg == NULL || l->env == NULL) return false;
  for (struct cursor c = im->records; ok && manifest_next(&c, &r);) {
    if (r.tag == MANIFEST_PROGRAM) ok = (l->program = image_text(t, &r)) != NULL;
    if (r.tag == MANIFEST_ARG) ok = (l->arg[l->args++] = image_text(t, &r)) != NULL;
    if (r.tag == MANIFEST_ENV) ok = (l->env[l->envs++] = image_text(t, &r)) != NULL;
    if (r.tag == MANIFEST_CWD) ok = (l->cwd = image_text(t, &r)) != NULL;
    if (r.tag == MANIFEST_STDIN) ok = (l->input = image_text(t, &r)) != NULL;
  }
  l->fixed = 1;
  return ok;
}

/* --- load ------------------------------------------------------------------------------------ */

/* The bytes of an input, mapped; what is a pipe is laid down first. */
static int image_map_feed(struct look *l, const struct say *say, struct feed *feed) {
  const uint8_t *bytes;
  uint64_t size;
  struct flaw flaw = {0};
  int status = feed_spool(feed);
  if (status != EXIT_DONE) return status;
  status = image_map_fd(say, feed->name, feed->fd, &bytes, &size);
  if (status != EXIT_DONE) return status;
  return image_recognise(&l->im, feed->name, bytes, size, &flaw) == 0 ? EXIT_DONE : say_flaw(say, feed->name, &flaw);
}

/* The root that every tree begins with makes room for that of the image. */
int tree_load_image(struct tree *t, const struct say *say, struct feed *feed) {
  struct tree_look *in = image_start(t, NULL);
  if (in == NULL) return tree_no_memory(t, say);
  progress_end(say); /* unpacking has a line of its own */
  int status = image_map_feed(&in->own, say, feed);
  if (status == EXIT_DONE) status = look_digests(&in->own, say);
  if (status == EXIT_DONE) status = look_unpack(&in->own, say);
  if (status == EXIT_DONE) status = look_list(&in->own, say);
  if (status != EXIT_DONE) return status;
  tree_unindex(t);
  t->names = 0;
  bool ok = image_names(t, &in->own) && image_launch(t, &in->own.im);
  return ok ? EXIT_DONE : tree_no_memory(t, say);
}

/* --- contents -------------------------------------------------------------------------- */

int tree_look_read(const struct tree *t, const struct say *say, const struct tree_inode *n, uint64_t offset,
                   uint8_t *bytes, size_t size) {
  pthread_mutex_lock(&t->look->turn);
  ssize_t got = taproot_iread(t->look->look->t, n->ino, bytes, size, offset);
  pthread_mutex_unlock(&t->look->turn);
  if (got == (ssize_t)size) return EXIT_DONE;
  if (got >= 0) return say_error(say, EXIT_UNFIT, "a file of the image became shorter while it was read");
  return say_error(say, say_status((int)got), "cannot read from the image: %s", taproot_sentence((int)got));
}
