/* mkimage/look/show_json.c - entries as JSON: see show.h.  The syntax is jansson's, the bytes are ours. */
#include <stdlib.h>
#include <string.h>

#include "formats/archive.h"
#include "mkimage/look/show.h"

/* --- bytes that may be no UTF-8 ------------------------------------------------------ */

/* Bytes of the well-formed character at p (Unicode 15, table 3-7), 0 when there is none. */
static size_t utf8_character(const uint8_t *p, size_t left) {
  uint8_t low = 0x80, high = 0xbf;
  size_t n = p[0] < 0x80 ? 1 : p[0] >= 0xc2 && p[0] <= 0xdf ? 2 : p[0] >= 0xe0 && p[0] <= 0xef ? 3 : 4;
  if (n == 1) return 1;
  if (n == 4 && (p[0] < 0xf0 || p[0] > 0xf4)) return 0;
  if (p[0] == 0xe0) low = 0xa0;
  if (p[0] == 0xed) high = 0x9f;
  if (p[0] == 0xf0) low = 0x90;
  if (p[0] == 0xf4) high = 0x8f;
  if (left < n || p[1] < low || p[1] > high) return 0;
  for (size_t i = 2; i < n; i++)
    if ((p[i] & 0xc0) != 0x80) return 0;
  return n;
}

/* Copies, each byte that belongs to no character becoming U+FFFD; the length.  out has room for 3 * n. */
static size_t utf8_replace(const uint8_t *in, size_t n, char *out, bool *replaced) {
  size_t used = 0;
  *replaced = false;
  for (size_t i = 0; i < n;) {
    size_t k = utf8_character(in + i, n - i);
    if (k == 0) {
      memcpy(out + used, "\xef\xbf\xbd", 3);
      used += 3;
      i++;
      *replaced = true;
      continue;
    }
    memcpy(out + used, in + i, k);
    used += k;
    i += k;
  }
  return used;
}

/* RFC 4648, section 4; out has room for 4 * (n / 3 + 1). */
static size_t base64(const uint8_t *in, size_t n, char *out) {
  static const char digit[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  size_t used = 0;
  for (size_t i = 0; i < n; i += 3) {
    size_t left = n - i;
    uint32_t v = (uint32_t)in[i] << 16 | (left > 1 ? (uint32_t)in[i + 1] << 8 : 0) | (left > 2 ? in[i + 2] : 0);
    out[used++] = digit[v >> 18];
    out[used++] = digit[v >> 12 & 63];
    out[used++] = left > 1 ? digit[v >> 6 & 63] : '=';
    out[used++] = left > 2 ? digit[v & 63] : '=';
  }
  return used;
}

bool show_string(json_t *o, const char *key, const char *bytes, size_t len) {
  bool replaced = false;
  char *text = malloc(4 * (len / 3 + 1) + 3 * len + 1), more[64];
  if (text == NULL) return false;
  size_t n = utf8_replace((const uint8_t *)bytes, len, text, &replaced);
  bool ok = json_object_set_new(o, key, json_stringn(text, n)) == 0;
  if (ok && replaced) {
    snprintf(more, sizeof more, "%s_b64", key);
    n = base64((const uint8_t *)bytes, len, text);
    ok = json_object_set_new(o, more, json_stringn(text, n)) == 0;
  }
  free(text);
  return ok;
}

/* --- objects ------------------------------------------------------------------------------ */

static bool object_number(json_t *o, const char *key, int64_t n) {
  return json_object_set_new(o, key, json_integer(n)) == 0;
}

/* [{"name": ..., "value": ...}, ...] */
static bool object_attrs(json_t *o, const struct attr *list) {
  json_t *all = json_array();
  bool ok = all != NULL && json_object_set(o, "xattrs", all) == 0;
  for (; ok && list != NULL; list = list->next) {
    json_t *one = json_object();
    ok = one != NULL && show_string(one, "name", list->name, strlen(list->name)) &&
         show_string(one, "value", (const char *)list->value, list->size) && json_array_append(all, one) == 0;
    json_decref(one);
  }
  json_decref(all);
  return ok;
}

json_t *show_object(const struct show *s, const char *sha256) {
  uint32_t type = s->mode & MODE_TYPE;
  json_t *o = json_object();
  bool ok = o != NULL && show_string(o, "path", s->path, s->path_len) &&
            json_object_set_new(o, "type", json_string(show_type(s->mode))) == 0 &&
            object_number(o, "mode", s->mode & MODE_BITS) && object_number(o, "uid", s->uid) &&
            object_number(o, "gid", s->gid) && object_number(o, "size", (int64_t)s->size) &&
            object_number(o, "mtime", s->mtime) && object_number(o, "nlink", (int64_t)s->nlink);
  if (ok && s->target != NULL) ok = show_string(o, "target", s->target, s->target_len);
  if (ok && (type == MODE_CHR || type == MODE_BLK))
    ok = object_number(o, "major", s->major) && object_number(o, "minor", s->minor);
  if (ok && s->mtime_ns > 0) ok = object_number(o, "mtime_ns", s->mtime_ns);
  if (ok && s->attrs != NULL) ok = object_attrs(o, s->attrs);
  if (ok && sha256 != NULL) ok = json_object_set_new(o, "sha256", json_string(sha256)) == 0;
  if (ok) return o;
  json_decref(o);
  return NULL;
}

bool show_json(FILE *to, json_t *o) {
  char *text = o != NULL ? json_dumps(o, JSON_COMPACT | JSON_REAL_PRECISION(9)) : NULL;
  json_decref(o);
  if (text == NULL) return false;
  fputs(text, to);
  putc('\n', to);
  free(text);
  return true;
}
