/* mkimage/verbs/ls.c - the verb ls: the tree as the machine will see it, or with --raw the archive's own entries. */
#include <string.h>

#include "formats/digest.h"
#include "formats/err.h"
#include "mkimage/look/look.h"
#include "mkimage/look/raw.h"
#include "mkimage/look/show.h"
#include "mkimage/verbs/verbs.h"

static const struct verb_option ls_options[] = {
    {'l', "long", NULL, "mode, links, owner, size, time (UTC) and target, as ls -l"},
    {0, "xattrs", NULL, "each extended attribute below its entry: name, bytes, value"},
    {0, "raw", NULL, "the archive's own entries in their order, with the offset of each"},
    {0, "json", NULL, "one JSON object a line"},
    {0, "hash", NULL, "with --json: the SHA-256 of each file"},
    {0, NULL, NULL, NULL}};

struct ls {
  const struct say *say;
  bool details, json, hash, xattrs;
};

static int ls_no_memory(const struct ls *ls) { return say_error(ls->say, EXIT_USAGE, "no memory to list"); }

/* --- the tree --------------------------------------------------------------------------- */

enum { LS_PIECE = 65536 };

static int ls_hash(struct look *l, const struct node *n, char hex[2 * DIGEST_BYTES + 1]) {
  uint8_t piece[LS_PIECE], out[DIGEST_BYTES];
  struct digest d;
  ssize_t got;
  digest_start(&d, DIGEST_SHA256);
  for (uint64_t at = 0; (got = taproot_iread(l->t, n->ino, piece, sizeof piece, at)) > 0; at += (uint64_t)got)
    digest_add(&d, piece, (size_t)got);
  if (got < 0) return (int)got;
  digest_final(&d, out);
  show_hex(out, sizeof out, hex);
  return 0;
}

static int ls_node(struct ls *ls, struct look *l, size_t i) {
  const struct node *n = &l->node[i];
  const char *path = look_path(l, i);
  char hex[2 * DIGEST_BYTES + 1];
  bool hash = ls->json && ls->hash && (n->st.mode & MODE_TYPE) == MODE_FILE;
  if (path == NULL) return ls_no_memory(ls);
  struct show s = {path,
                   n->target,
                   strlen(path),
                   n->target_len,
                   n->st.mode,
                   n->st.uid,
                   n->st.gid,
                   n->st.rdev_major,
                   n->st.rdev_minor,
                   n->st.size,
                   n->st.nlink,
                   n->st.mtime_s,
                   n->st.mtime_ns,
                   NULL};
  struct attr *attrs = NULL;
  if ((ls->json || ls->xattrs) && !look_attrs(l, n, &l->pool, &attrs)) return ls_no_memory(ls);
  s.attrs = attrs;
  int rc = hash ? ls_hash(l, n, hex) : 0;
  if (rc < 0)
    return say_error(ls->say, say_status(rc), "%s: cannot read: %s", say_name(path).text, taproot_sentence(rc));
  if (!ls->json) {
    show_line(stdout, &s, ls->details);
    show_attrs(stdout, s.attrs);
  } else if (!show_json(stdout, show_object(&s, hash ? hex : NULL)))
    return ls_no_memory(ls);
  return EXIT_DONE;
}

static int ls_tree(struct ls *ls, const char *image, const char *path) {
  struct look l;
  int status = look_tree(&l, ls->say, image), why = 0;
  size_t from = 0;
  if (status == EXIT_DONE && path != NULL && (from = look_find(&l, path, &why)) == SIZE_MAX)
    status = say_error(ls->say, EXIT_USAGE, "%s: %s", say_name(path).text, taproot_sentence(why));
  size_t end = status == EXIT_DONE ? l.node[from].end : 0;
  for (size_t i = from; status == EXIT_DONE && i < end && !ferror(stdout); i++) status = ls_node(ls, &l, i);
  look_close(&l);
  return status;
}

/* --- the archive's own entries -------------------------------------------------------------- */

static bool ls_raw_json(const struct raw *r, const struct entry *e, const struct show *s, const char *hex) {
  json_t *o = show_object(s, hex);
  if (o == NULL) return false;
  json_object_set_new(o, "ino", json_integer((json_int_t)e->ino));
  json_object_set_new(o, "offset", json_integer((json_int_t)e->offset));
  json_object_set_new(o, "archive", json_integer(r->archive));
  json_object_set_new(o, "format", json_string(archive_name(r->in)));
  if (e->link != NULL) show_string(o, "link", e->link, e->link_len);
  return show_json(stdout, o);
}

/* The digest of a file, whose holes are zeros. */
static void ls_hash_data(const struct raw *r, const struct entry *e, const uint8_t *data, uint8_t *out) {
  static const uint8_t zeros[LS_PIECE];
  struct archive_piece p = {0};
  struct digest d;
  uint64_t at = 0;
  digest_start(&d, DIGEST_SHA256);
  while (at < e->size) {
    if (e->holes == 0) p.length = e->size;
    if (e->holes > 0 && archive_piece(r->in, e, &p) == 0) p.offset = e->size, p.length = 0;
    for (uint64_t n; at < p.offset; at += n) {
      n = p.offset - at < sizeof zeros ? p.offset - at : sizeof zeros;
      digest_add(&d, zeros, (size_t)n);
    }
    digest_add(&d, data + p.data, (size_t)p.length);
    at = p.offset + p.length;
  }
  digest_final(&d, out);
}

/* Of two with one name the later counts. */
static bool ls_raw_attrs(const struct raw *r, const struct entry *e, struct pool *pool, struct attr **list) {
  struct archive_attr x = {.at = 0};
  char name[LIMIT_ATTR_NAME + 1];
  bool ok = true;
  while (ok && archive_attr(r->in, e, &x) == 1) {
    memcpy(name, x.name, x.name_len);
    name[x.name_len] = 0;
    ok = attr_add(pool, list, name, x.value, x.size);
  }
  attr_sort(list, ATTR_LAST);
  return ok;
}

/* Negative: the entry's data is not there; what is wrong stands in the archive's flaw. */
static int ls_raw_entry(struct ls *ls, const struct raw *r, const struct entry *e, const struct attr *attrs) {
  const uint8_t *data = NULL;
  uint32_t type = e->mode & MODE_TYPE;
  char hex[2 * DIGEST_BYTES + 1];
  bool hash = ls->json && ls->hash && type == MODE_FILE;
  struct show s = {e->name,       NULL,          e->name_len, 0,        e->mode,  e->uid,      e->gid,
                   e->rdev_major, e->rdev_minor, e->size,     e->nlink, e->mtime, e->mtime_ns, NULL};
  s.attrs = attrs;
  if (hash || type == MODE_LINK) {
    int rc = archive_data(r->in, e, &data);
    if (rc < 0) return rc;
  }
  if (type == MODE_LINK) s.target = (const char *)data, s.target_len = (size_t)e->size;
  if (hash) {
    uint8_t out[DIGEST_BYTES];
    ls_hash_data(r, e, data, out);
    show_hex(out, sizeof out, hex);
  }
  if (ls->json) return ls_raw_json(r, e, &s, hash ? hex : NULL) ? 0 : ERR_NOMEM;
  if (e->link != NULL) s.target = e->link, s.target_len = e->link_len;
  printf("%10llu ", (unsigned long long)e->offset);
  show_line(stdout, &s, ls->details);
  show_attrs(stdout, s.attrs);
  return ferror(stdout) ? 1 : 0;
}

static int ls_entry(void *arg, const struct raw *r, const struct entry *e) {
  struct ls *ls = arg;
  struct pool pool = {0};
  struct attr *attrs = NULL;
  bool ok = !(ls->json || ls->xattrs) || ls_raw_attrs(r, e, &pool, &attrs);
  int rc = ok ? ls_raw_entry(ls, r, e, attrs) : ERR_NOMEM;
  pool_drop(&pool);
  return rc;
}

static int ls_raw(struct ls *ls, const char *image) {
  struct look l;
  struct raw_total total;
  struct flaw flaw = {0};
  int status = look_open(&l, ls->say, image);
  if (status == EXIT_DONE) {
    int rc = raw_walk(&l.im, &total, &flaw, ls_entry, ls);
    if (rc == ERR_NOMEM && flaw.code == 0)
      status = ls_no_memory(ls);
    else if (rc < 0)
      status = say_flaw(ls->say, l.im.name, &flaw);
  }
  look_close(&l);
  return status;
}

static int ls_verb(struct call *c) {
  struct ls ls = {&c->say, call_option(c, "long") != NULL, call_option(c, "json") != NULL,
                  call_option(c, "hash") != NULL, call_option(c, "xattrs") != NULL};
  const char *path = c->operands > 1 ? c->operand[1] : NULL;
  if (ls.hash && !ls.json) return say_error(&c->say, EXIT_USAGE, "--hash goes with --json");
  if (call_option(c, "raw") == NULL) return ls_tree(&ls, c->operand[0], path);
  if (path != NULL) return say_error(&c->say, EXIT_USAGE, "--raw lists whole archives: no PATH");
  return ls_raw(&ls, c->operand[0]);
}

const struct verb verb_ls = {
    .name = "ls",
    .operands = "IMAGE [PATH]",
    .summary = "Lists the tree that the machine will see",
    .options = ls_options,
    .operands_min = 1,
    .operands_max = 2,
    .run = ls_verb,
};
