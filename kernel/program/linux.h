/* kernel/program/linux.h - Linux's interface on x86-64, as bytes: numbers and structs that cross to the program.
 *
 * From the manual pages, section 2, and the x86-64 psABI.  Only what this room uses; sizes are checked here.
 */
#ifndef KERNEL_PROGRAM_LINUX_H
#define KERNEL_PROGRAM_LINUX_H

#include <stdint.h>

enum {
  LX_SIGHUP = 1,
  LX_SIGILL = 4,
  LX_SIGTRAP = 5,
  LX_SIGABRT = 6,
  LX_SIGBUS = 7,
  LX_SIGFPE = 8,
  LX_SIGKILL = 9,
  LX_SIGSEGV = 11,
  LX_SIGPIPE = 13,
  LX_SIGALRM = 14,
  LX_SIGCHLD = 17,
  LX_SIGCONT = 18,
  LX_SIGSTOP = 19,
  LX_SIGTSTP = 20,
  LX_SIGTTIN = 21,
  LX_SIGTTOU = 22,
  LX_SIGURG = 23,
  LX_SIGWINCH = 28,
  LX_SIGNALS = 64
};
enum {
  LX_SA_SIGINFO = 4,
  LX_SA_RESTORER = 0x04000000,
  LX_SA_ONSTACK = 0x08000000,
  LX_SA_RESTART = 0x10000000,
  LX_SA_NODEFER = 0x40000000
};
#define LX_SA_RESETHAND 0x80000000u
enum { LX_SIG_DFL, LX_SIG_IGN };
enum { LX_SS_ONSTACK = 1, LX_SS_DISABLE = 2 };
#define LX_SS_AUTODISARM 0x80000000u
enum { LX_MINSIGSTKSZ = 2048 };
enum { LX_SI_USER = 0, LX_SI_KERNEL = 0x80, LX_SI_TKILL = -6, LX_SI_QUEUE = -1 };
enum {
  LX_SEGV_MAPERR = 1,
  LX_SEGV_ACCERR = 2,
  LX_BUS_ADRALN = 1,
  LX_BUS_ADRERR = 2,
  LX_FPE_INTDIV = 1,
  LX_FPE_FLTDIV = 3,
  LX_FPE_FLTOVF = 4,
  LX_FPE_FLTUND = 5,
  LX_FPE_FLTRES = 6,
  LX_FPE_FLTINV = 7,
  LX_ILL_ILLOPN = 2,
  LX_TRAP_BRKPT = 1,
  LX_TRAP_TRACE = 2
};

struct lx_sigaction {
  uint64_t handler, flags, restorer, mask;
};
struct lx_stack {
  uint64_t sp;
  int32_t flags;
  uint32_t pad;
  uint64_t size;
};
struct lx_siginfo {
  int32_t signo, error, code, pad;
  union {
    struct {
      int32_t pid;
      uint32_t uid;
      uint64_t value;
    } sent;
    uint64_t address;
    uint8_t room[112];
  };
};
/* struct sigcontext_64 */
struct lx_sigcontext {
  uint64_t r8, r9, r10, r11, r12, r13, r14, r15, di, si, bp, bx, dx, ax, cx, sp, ip, flags;
  uint16_t cs, gs, fs, ss;
  uint64_t err, trapno, oldmask, cr2, fpstate, reserved[8];
};
struct lx_ucontext {
  uint64_t flags, link;
  struct lx_stack stack;
  struct lx_sigcontext mc;
  uint64_t sigmask;
};
struct lx_sigframe {
  uint64_t pretcode;
  struct lx_ucontext uc;
  struct lx_siginfo info;
};
_Static_assert(sizeof(struct lx_sigaction) == 32, "struct kernel_sigaction");
_Static_assert(sizeof(struct lx_siginfo) == 128, "siginfo_t");
_Static_assert(sizeof(struct lx_sigcontext) == 256, "struct sigcontext_64");
_Static_assert(sizeof(struct lx_sigframe) == 440, "struct rt_sigframe");

struct lx_stat {
  uint64_t dev, ino, nlink;
  uint32_t mode, uid, gid, pad;
  uint64_t rdev;
  int64_t size, blksize, blocks;
  int64_t atime, atime_ns, mtime, mtime_ns, ctime, ctime_ns;
  int64_t unused[3];
};
_Static_assert(sizeof(struct lx_stat) == 144, "struct stat");

struct lx_statx_stamp {
  int64_t s;
  uint32_t ns, pad;
};
struct lx_statx {
  uint32_t mask, blksize;
  uint64_t attributes;
  uint32_t nlink, uid, gid;
  uint16_t mode, pad;
  uint64_t ino, size, blocks, attributes_mask;
  struct lx_statx_stamp atime, btime, ctime, mtime;
  uint32_t rdev_major, rdev_minor, dev_major, dev_minor;
  uint64_t spare[14];
};
_Static_assert(sizeof(struct lx_statx) == 256, "struct statx");

struct lx_statfs {
  int64_t type, bsize;
  uint64_t blocks, bfree, bavail, files, ffree;
  int32_t fsid[2];
  int64_t namelen, frsize, flags, spare[4];
};
_Static_assert(sizeof(struct lx_statfs) == 120, "struct statfs");

struct lx_time { /* timespec; timeval with microseconds */
  int64_t s, part;
};
struct lx_itimer {
  struct lx_time interval, value;
};
struct lx_iovec {
  uint64_t base, len;
};
struct lx_pollfd {
  int32_t fd;
  int16_t events, revents;
};
struct lx_rlimit {
  uint64_t now, most;
};
struct lx_flock {
  int16_t type, whence;
  uint32_t pad;
  int64_t start, len;
  int32_t pid;
  uint32_t pad2;
};
_Static_assert(sizeof(struct lx_flock) == 32, "struct flock");
struct lx_rusage {
  struct lx_time user, system;
  int64_t maxrss, others[13];
};
_Static_assert(sizeof(struct lx_rusage) == 144, "struct rusage");
struct lx_sysinfo {
  int64_t uptime;
  uint64_t loads[3], totalram, freeram, sharedram, bufferram, totalswap, freeswap;
  uint16_t procs, pad;
  uint32_t pad2;
  uint64_t totalhigh, freehigh;
  uint32_t unit, pad3;
};
_Static_assert(sizeof(struct lx_sysinfo) == 112, "struct sysinfo");
struct lx_utsname {
  char sysname[65], nodename[65], release[65], version[65], machine[65], domain[65];
};
struct lx_termios { /* struct termios of the kernel */
  uint32_t iflag, oflag, cflag, lflag;
  uint8_t line, cc[19];
};
_Static_assert(sizeof(struct lx_termios) == 36, "struct termios");

enum {
  LX_AT_FDCWD = -100,
  LX_AT_NOFOLLOW = 0x100,
  LX_AT_EACCESS = 0x200,
  LX_AT_REMOVEDIR = 0x200,
  LX_AT_FOLLOW = 0x400,
  LX_AT_NO_AUTOMOUNT = 0x800,
  LX_AT_EMPTY_PATH = 0x1000,
  LX_AT_STATX = 0x6000
};

enum { LX_PROT_SEM = 8 };
enum {
  LX_MAP_SHARED = 1,
  LX_MAP_PRIVATE = 2,
  LX_MAP_SHARED_VALIDATE = 3,
  LX_MAP_TYPE = 15,
  LX_MAP_FIXED = 0x10,
  LX_MAP_ANONYMOUS = 0x20,
  LX_MAP_32BIT = 0x40,
  LX_MAP_LOCKED = 0x2000,
  LX_MAP_NORESERVE = 0x4000,
  LX_MAP_POPULATE = 0x8000,
  LX_MAP_HUGETLB = 0x40000,
  LX_MAP_FIXED_NOREPLACE = 0x100000
};

enum {
  LX_AT_NULL,
  LX_AT_PHDR = 3,
  LX_AT_PHENT,
  LX_AT_PHNUM,
  LX_AT_PAGESZ,
  LX_AT_BASE,
  LX_AT_FLAGS,
  LX_AT_ENTRY,
  LX_AT_UID = 11,
  LX_AT_EUID,
  LX_AT_GID,
  LX_AT_EGID,
  LX_AT_PLATFORM,
  LX_AT_HWCAP,
  LX_AT_CLKTCK,
  LX_AT_SECURE = 23,
  LX_AT_RANDOM = 25,
  LX_AT_HWCAP2,
  LX_AT_EXECFN = 31,
  LX_AT_MINSIGSTKSZ = 51
};

enum { LX_RLIMIT_STACK = 3, LX_RLIMIT_NOFILE = 7, LX_RLIMITS = 16 };
#define LX_RLIM_INFINITY UINT64_MAX

#endif
