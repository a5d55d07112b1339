/* kernel/lib/include/assert.h - the impossible, checked.  A failure panics: assert_failed comes from the machine's
 * folder. */
#undef assert
#ifdef NDEBUG
#define assert(e) ((void)0)
#else
#define assert(e) ((e) ? (void)0 : assert_failed(#e, __FILE__, __LINE__, __func__))
#endif

#ifndef LIB_ASSERT_H
#define LIB_ASSERT_H
#define static_assert _Static_assert
_Noreturn void assert_failed(const char *what, const char *file, int line, const char *function);
#endif
