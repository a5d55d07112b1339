/* kernel/plat/kvm-x86_64/layout.h - addresses and selectors that C, assembly and kernel.lds share. */
#ifndef KVM_LAYOUT_H
#define KVM_LAYOUT_H

#define LAYOUT_LINK_BASE 0xffffffff80100000
#define LAYOUT_HIGH      0xffffffff80000000 /* what the first kernel table maps */
#define LAYOUT_DIRECT    0xffff800000000000
#define LAYOUT_WINDOWS   0xffffc00000000000
#define LAYOUT_USER_END  0x00007ffffffff000 /* one page short: no instruction can run over the hole's edge */

#define LAYOUT_STACK  65536
#define LAYOUT_TABLES 7  /* of entry.S */
#define LAYOUT_POOL   16 /* tables before the page allocator runs */

#define SELECTOR_CODE      0x08
#define SELECTOR_DATA      0x10
#define SELECTOR_USER_BASE 0x1b /* SYSRET counts from here */
#define SELECTOR_USER_DATA 0x23
#define SELECTOR_USER_CODE 0x2b
#define SELECTOR_TSS       0x30

#define MSR_EFER    0xc0000080
#define MSR_STAR    0xc0000081
#define MSR_LSTAR   0xc0000082
#define MSR_SFMASK  0xc0000084
#define MSR_FS_BASE 0xc0000100
#define MSR_GS_BASE 0xc0000101

#endif
