/* kernel/lib/foreign.c - names that the distribution's static libraries want at link time.
 *
 * The decoders are handed their workspaces, so nobody here has memory to give: an allocation behind the heap's back
 * would be a bug, and finds nothing.  Their stack protector reads its canary from the
 * block that the machine's entry puts behind FS.
 */
#include <assert.h>
#include <stdlib.h>

void *malloc(size_t n) { return (void)n, NULL; }
void *calloc(size_t n, size_t size) { return (void)n, (void)size, NULL; }
void free(void *p) { assert(p == NULL); }
void abort(void) { assert_failed("abort", __FILE__, __LINE__, __func__); }

/* What a library names but never calls. */
_Noreturn void foreign_call(void);
void foreign_call(void) { assert_failed("no library calls what the kernel lacks", __FILE__, __LINE__, __func__); }

_Noreturn void __stack_chk_fail(void);
void __stack_chk_fail(void) {
  assert_failed("the stack of a library function is intact", __FILE__, __LINE__, __func__);
}
