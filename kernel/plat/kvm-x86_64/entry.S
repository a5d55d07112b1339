/* kernel/plat/kvm-x86_64/entry.S - from the loader's jump to C.
 *
 * PVH enters in 32-bit protected mode, paging off, EBX on the start info, no stack and no GDT to rely on.  The code
 * finds where it was loaded, builds the first page tables (the kernel where it is linked, and one identity mapping to
 * survive the switch), goes to long mode and calls start_kernel.  EBP holds the load address throughout.
 */
#include "kernel/plat/kvm-x86_64/layout.h"

#define OFFSET(symbol) (symbol - LAYOUT_LINK_BASE)
#define CR0_BITS 0x80010023 /* PG WP NE MP PE */

  /* The note of the PVH entry: must be 4-byte aligned, physical address as linked. */
  .section .note.pvh, "a", @note
  .balign 4
  .long 4, 4, 18
  .asciz "Xen"
  .long OFFSET(entry_pvh) + 0x100000

  .section .text.entry, "ax"
  .code32
  .globl entry_pvh
entry_pvh:
  cld
  cli
  /* A call needs four bytes of stack: the magic's, which come back at once. */
  movl (%ebx), %eax
  leal 4(%ebx), %esp
  call 1f
1:
  popl %ebp
  movl %eax, (%ebx)
  subl $OFFSET(1b), %ebp
  leal OFFSET(entry_stack_top)(%ebp), %esp
  rdtsc
  pushl %edx
  pushl %eax
  pushl %ebx

  movl $0x80000000, %eax
  cpuid
  cmpl $0x80000001, %eax
  jb entry_no_long_mode
  movl $0x80000001, %eax
  cpuid
  btl $29, %edx
  jnc entry_no_long_mode
  pushl %edx

  leal OFFSET(entry_tables)(%ebp), %edi
  movl %edi, %ebx
  xorl %eax, %eax
  movl $(LAYOUT_TABLES * 1024), %ecx
  rep stosl

  /* ebx: 0 root, 1 and 2 identity, 3 and 4 high, 5 and 6 the kernel's pages */
  leal 0x1003(%ebx), %eax
  movl %eax, (%ebx)
  leal 0x3003(%ebx), %eax
  movl %eax, 511 * 8(%ebx)
  leal 0x4003(%ebx), %eax
  movl %eax, 0x3000 + 510 * 8(%ebx)
  leal 0x5003(%ebx), %eax
  movl %eax, 0x4000(%ebx)
  leal 0x6003(%ebx), %eax
  movl %eax, 0x4008(%ebx)

  movl %ebp, %ecx
  shrl $30, %ecx
  leal 0x2003(%ebx), %eax
  movl %eax, 0x1000(%ebx, %ecx, 8)
  movl %ebp, %ecx
  shrl $21, %ecx
  movl %ecx, %eax
  andl $511, %ecx
  shll $21, %eax
  orl $0x83, %eax
  movl %eax, 0x2000(%ebx, %ecx, 8)
  incl %ecx
  andl $511, %ecx
  addl $0x200000, %eax
  movl %eax, 0x2000(%ebx, %ecx, 8)

  movl $OFFSET(kernel_end), %ecx
  shrl $12, %ecx
  leal 0x5000 + 256 * 8(%ebx), %edi
  leal 3(%ebp), %eax
2:
  movl %eax, (%edi)
  addl $4096, %eax
  addl $8, %edi
  loop 2b

  movl %cr4, %eax
  orl $0x20, %eax
  movl %eax, %cr4
  movl %ebx, %cr3
  movl $MSR_EFER, %ecx
  rdmsr
  orl $0x101, %eax
  popl %edx
  btl $20, %edx
  jnc 3f
  orl $0x800, %eax
3:
  xorl %edx, %edx
  wrmsr
  popl %esi
  movl $CR0_BITS, %eax
  movl %eax, %cr0

  leal OFFSET(entry_gdt)(%ebp), %eax
  pushl %eax
  pushw $(entry_gdt_end - entry_gdt - 1)
  lgdt (%esp)
  leal OFFSET(entry_long)(%ebp), %eax
  pushl $SELECTOR_CODE
  pushl %eax
  lretl

  /* Says why on COM1 and stays: there is no way to end a machine that is this unknown. */
entry_no_long_mode:
  leal OFFSET(entry_complaint)(%ebp), %esi
  movl $(entry_complaint_end - entry_complaint), %ecx
  movl $0x3f8, %edx
  rep outsb
4:
  hlt
  jmp 4b
entry_complaint:
  .ascii "boot stopped in console: this processor has no 64-bit mode\r\n"
entry_complaint_end:

  .code64
entry_long:
  movabsq $entry_high, %rax
  jmp *%rax
entry_high:
  movq $entry_stack_top, %rsp
  lgdt entry_gdt_high(%rip)
  movl $SELECTOR_DATA, %eax
  movl %eax, %ss
  xorl %eax, %eax
  movl %eax, %ds
  movl %eax, %es
  movl %eax, %fs
  movl %eax, %gs
  movl %esi, %esi
  movl %ebp, %ebp

  movq $kernel_bss, %rdi
  movq $kernel_bss_end, %rcx
  subq %rdi, %rcx
  shrq $3, %rcx
  rep stosq

  /* Where the static libraries' stack protector finds its canary. */
  movl $MSR_FS_BASE, %ecx
  movq $entry_canary, %rax
  movq %rax, %rdx
  shrq $32, %rdx
  wrmsr

  movq %rsi, %rdi
  movq %rbp, %rsi
  movq -8(%rsp), %rdx /* pushed first, in two halves */
  xorl %ebp, %ebp
  call start_kernel
  ud2

  .section .data
  .balign 16
  .globl entry_gdt
entry_gdt:
  .quad 0
  .quad 0x00af9b000000ffff
  .quad 0x00cf93000000ffff
  .quad 0 /* the 32-bit user code that SYSRET's arithmetic leaves a place for */
  .quad 0x00cff3000000ffff
  .quad 0x00affb000000ffff
  .quad 0, 0 /* TSS, filled in by trap.c */
entry_gdt_end:
entry_gdt_high:
  .word entry_gdt_end - entry_gdt - 1
  .quad entry_gdt
  .balign 16
entry_canary:
  .fill 5, 8, 0
  .globl entry_canary_value
entry_canary_value:
  .quad 0x5bd1e995a7c30f00 /* the zero byte stops strings that run over */

  .section .bsspages, "aw", @nobits
  .balign 4096
  .globl entry_tables, entry_pool, entry_stack_guard, entry_stack_top, entry_fault_stack_top, entry_nmi_stack_top
  .globl entry_trap_stack_top
entry_tables:
  .skip LAYOUT_TABLES * 4096
entry_pool:
  .skip LAYOUT_POOL * 4096
entry_stack_guard:
  .skip 4096
  .skip LAYOUT_STACK
entry_stack_top:
  .skip 8192
entry_fault_stack_top:
  .skip 4096
entry_nmi_stack_top:
  .skip 1024
entry_trap_stack_top:

  .section .manifest, "a"
  .fill 4096, 1, 0
  .section .initrd, "a"
  .fill 4096, 1, 0
