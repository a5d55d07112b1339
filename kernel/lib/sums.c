/* kernel/lib/sums.c - the checksums that zlib's inflate calls, in place of zlib's own.
 *
 * Both gzip decoders share libdeflate's CRC-32: one table instead of two, and the faster sum.  Adler-32 belongs to
 * zlib's own format, which nothing here decodes.
 */
#include <assert.h>

#include <libdeflate.h>
#define Z_SOLO
#include <zlib.h>

uLong crc32(uLong crc, const Bytef *bytes, uInt n) { return libdeflate_crc32((uint32_t)crc, bytes, n); }

uLong adler32(uLong adler, const Bytef *bytes, uInt n) {
  (void)adler, (void)bytes, (void)n;
  assert_failed("only gzip is decoded by zlib", __FILE__, __LINE__, __func__);
}
