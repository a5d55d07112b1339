/* formats/pax.c - the records of a pax extended header, each checked before it is believed.  Floor 0. */
#include <string.h>

#include "formats/err.h"
#include "formats/pax.h"

/* Decimal digits from *i on, UINT64_MAX for a larger number; false: none. */
static bool take_digits(struct pax_text t, size_t *i, uint64_t *value) {
  size_t from = *i;
  *value = 0;
  for (; *i < t.len && t.at[*i] >= '0' && t.at[*i] <= '9'; ++*i) {
    uint64_t digit = (uint64_t)(t.at[*i] - '0');
    *value = *value > (UINT64_MAX - digit) / 10 ? UINT64_MAX : *value * 10 + digit;
  }
  return *i > from;
}

static int refuse(const char **reason, const char *sentence) {
  *reason = sentence;
  return ERR_LAYOUT;
}

int pax_next(struct cursor *records, struct pax_record *r, const char **reason) {
  struct pax_text rest = {(const char *)records->at, cursor_left(records)};
  uint64_t length;
  size_t i = 0;
  if (rest.len == 0) return 0;
  if (!take_digits(rest, &i, &length) || i == rest.len || rest.at[i] != ' ')
    return refuse(reason, "a pax record does not begin with its length");
  if (length > rest.len) return refuse(reason, "a pax record is longer than what is left of its header");
  if (length < i + 2) return refuse(reason, "a pax record's length leaves no room for a key");
  if (rest.at[length - 1] != '\n') return refuse(reason, "a pax record does not end in a newline");
  const char *key = rest.at + i + 1, *end = rest.at + length - 1, *equals = memchr(key, '=', (size_t)(end - key));
  if (!equals || equals == key) return refuse(reason, "a pax record without a key and '='");
  r->key = (struct pax_text){key, (size_t)(equals - key)};
  r->value = (struct pax_text){equals + 1, (size_t)(end - equals - 1)};
  cursor_take(records, length);
  return 1;
}

/* --- values ------------------------------------------------------------------------ */

static int set_text(struct pax_text *to, struct pax_text v) {
  *to = v.len ? v : (struct pax_text){NULL, 0};
  return 0;
}

static int set_number(uint64_t *to, bool *has, struct pax_text v, uint64_t most) {
  size_t i = 0;
  *has = v.len > 0;
  if (v.len == 0) return 0;
  return take_digits(v, &i, to) && i == v.len && *to <= most ? 0 : ERR_NUMBER;
}

/* Nine digits of a fraction; those behind are looked at and left out. */
static uint32_t take_fraction(struct pax_text v, size_t *i) {
  uint32_t ns = 0;
  unsigned digits = 0;
  for (; *i < v.len && v.at[*i] >= '0' && v.at[*i] <= '9'; ++*i)
    if (digits < 9) ns = ns * 10 + (uint32_t)(v.at[*i] - '0'), digits++;
  for (; digits < 9; digits++) ns *= 10;
  return ns;
}

static int set_mtime(struct pax *x, struct pax_text v) {
  bool below = v.len > 0 && v.at[0] == '-';
  size_t i = below;
  uint64_t s;
  uint32_t ns = 0;
  x->has_mtime = v.len > 0;
  if (v.len == 0) return 0;
  if (!take_digits(v, &i, &s) || s >= INT64_MAX) return ERR_NUMBER;
  if (i < v.len && v.at[i] == '.') i++, ns = take_fraction(v, &i);
  if (i != v.len) return ERR_NUMBER;
  x->mtime = below ? -(int64_t)s - (ns > 0) : (int64_t)s;
  x->mtime_ns = below && ns ? 1000000000 - ns : ns;
  return 0;
}

/* --- keys -------------------------------------------------------------------------- */

static int set_path(struct pax *x, struct pax_text v) { return set_text(&x->path, v); }
static int set_linkpath(struct pax *x, struct pax_text v) { return set_text(&x->linkpath, v); }
static int set_size(struct pax *x, struct pax_text v) { return set_number(&x->size, &x->has_size, v, INT64_MAX); }
static int set_uid(struct pax *x, struct pax_text v) { return set_number(&x->uid, &x->has_uid, v, UINT32_MAX); }
static int set_gid(struct pax *x, struct pax_text v) { return set_number(&x->gid, &x->has_gid, v, UINT32_MAX); }
static int set_sparse_name(struct pax *x, struct pax_text v) { return set_text(&x->sparse_name, v); }
static int set_real_size(struct pax *x, struct pax_text v) {
  return set_number(&x->real_size, &x->has_real_size, v, INT64_MAX);
}
static int set_sparse_major(struct pax *x, struct pax_text v) {
  x->sparse = v.len == 1 && v.at[0] == '1';
  return x->sparse || v.len == 0 ? 0 : ERR_VERSION;
}
static int set_sparse_minor(struct pax *x, struct pax_text v) {
  return v.len == 0 || (v.len == 1 && v.at[0] == '0') ? 0 : ERR_VERSION;
}
static int set_sparse_map(struct pax *x, struct pax_text v) { return set_text(&x->map, v); }
static int note_sparse_piece(struct pax *x, struct pax_text v) {
  x->piece = true;
  return 0;
}
static int leave_out(struct pax *x, struct pax_text v) { return 0; } /* how many pieces there are: the map tells */
static int refuse_sparse(struct pax *x, struct pax_text v) { return ERR_VERSION; }

#define SPARSE_VERSION "a sparse file of a version other than 0.0, 0.1 and 1.0 in a pax archive, which is not read"
#define SPARSE_SIZE    "the size of a sparse file in a pax record is not a number that can be:"

static const struct key {
  const char *name;
  size_t len; /* of the name; one that ends in a dot stands for all that begin with it */
  int (*set)(struct pax *x, struct pax_text v);
  const char *reason;
} keys[] = {
#define KEY(name) name, sizeof(name) - 1
    {KEY("path"), set_path, NULL},
    {KEY("linkpath"), set_linkpath, NULL},
    {KEY("size"), set_size, "the size in a pax record is not a number that can be:"},
    {KEY("uid"), set_uid, "the uid in a pax record is not a number of 32 bits:"},
    {KEY("gid"), set_gid, "the gid in a pax record is not a number of 32 bits:"},
    {KEY("mtime"), set_mtime, "the mtime in a pax record is not a time that can be:"},
    {KEY("GNU.sparse.major"), set_sparse_major, SPARSE_VERSION},
    {KEY("GNU.sparse.minor"), set_sparse_minor, SPARSE_VERSION},
    {KEY("GNU.sparse.name"), set_sparse_name, NULL},
    {KEY("GNU.sparse.realsize"), set_real_size, SPARSE_SIZE},
    {KEY("GNU.sparse.size"), set_real_size, SPARSE_SIZE},
    {KEY("GNU.sparse.map"), set_sparse_map, NULL},
    {KEY("GNU.sparse.offset"), note_sparse_piece, NULL},
    {KEY("GNU.sparse.numbytes"), note_sparse_piece, NULL},
    {KEY("GNU.sparse.numblocks"), leave_out, NULL},
    {KEY("GNU.sparse."), refuse_sparse, SPARSE_VERSION},
};

static const struct key *find_key(struct pax_text key) {
  for (size_t i = 0; i < sizeof keys / sizeof keys[0]; i++) {
    const struct key *k = &keys[i];
    bool prefix = k->name[k->len - 1] == '.';
    if ((prefix ? key.len >= k->len : key.len == k->len) && memcmp(key.at, k->name, k->len) == 0) return k;
  }
  return NULL;
}

/* The limits of Linux; the names of all are counted, one that comes twice as well. */
static int note_attr(struct pax *x, const struct pax_record *r, const char **reason) {
  char name[LIMIT_ATTR_NAME];
  size_t len;
  int rc = pax_attr(r, name, &len, reason);
  if (rc <= 0) return rc;
  x->attr_names += len + 1;
  if (x->attr_names <= LIMIT_ATTR_LIST) return 0;
  *reason = "the names of its extended attributes are more than 64 KiB";
  return ERR_SIZE;
}

int pax_read(struct pax *x, const void *p, size_t n, const char **reason, struct pax_text *value) {
  struct cursor records = cursor_over(p, n);
  struct pax_record r;
  int rc;
  x->piece = false;
  while ((rc = pax_next(&records, &r, reason)) == 1) {
    const struct key *k = find_key(r.key);
    if (!k && (rc = note_attr(x, &r, reason)) < 0) return rc;
    if (!k || (rc = k->set(x, r.value)) == 0) continue;
    *reason = k->reason;
    *value = r.value;
    return rc;
  }
  if (rc < 0 || !x->piece) return rc;
  if (x->pieces.at) return refuse(reason, "the map of a sparse file stands in more than one header");
  x->pieces = (struct pax_text){p, n};
  return 0;
}
