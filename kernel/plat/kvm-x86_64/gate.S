/* kernel/plat/kvm-x86_64/gate.S - the edge between kernel and program: traps, entry to user mode, copies.
 *
 * One processor, one thread: the program's registers go to where gate_regs points, and gate_enter returns to its
 * caller when the program traps.  A trap of the kernel itself goes to trap_kernel with the
 * frame of trap.h on the stack.  Interrupts come in gate_wait, and to the program
 * while it is to run only until some moment.
 */
#include "kernel/plat/kvm-x86_64/layout.h"

  .section .bss
  .balign 8
gate_regs:
  .quad 0 /* struct plat_regs of the running program */
gate_stack:
  .quad 0 /* the kernel's stack pointer inside gate_enter */
gate_scratch:
  .quad 0
  .globl gate_error, gate_smap
gate_error:
  .quad 0 /* the error code of the last trap */
gate_smap:
  .quad 0 /* nonzero: user memory is touched between stac and clac only */

  .section .text
  .macro vector number, has_error
gate_vector_\number:
  .if !\has_error
  pushq $0
  .endif
  pushq $\number
  jmp gate_trap
  .endm

  .irp n, 0,1,2,3,4,5,6,7,9,15,16,18,19,20,22,23,24,25,26,27,28,31
  vector \n, 0
  .endr
  .irp n, 8,10,11,12,13,14,17,21,29,30
  vector \n, 1
  .endr
  .irp n, 32,33,34,35,36,37,38,39,40,41,42,43,44,45,46,47
  vector \n, 0
  .endr

  .macro save_regs from
  movq %rbx, 8(\from)
  movq %rcx, 16(\from)
  movq %rdx, 24(\from)
  movq %rsi, 32(\from)
  movq %rdi, 40(\from)
  movq %rbp, 48(\from)
  movq %r8, 64(\from)
  movq %r9, 72(\from)
  movq %r10, 80(\from)
  movq %r11, 88(\from)
  movq %r12, 96(\from)
  movq %r13, 104(\from)
  movq %r14, 112(\from)
  movq %r15, 120(\from)
  .endm

  /* stack: number, error, rip, cs, rflags, rsp, ss */
gate_trap:
  cld
  testb $3, 24(%rsp)
  jz gate_trap_kernel
  pushq %rax
  movq gate_regs(%rip), %rax
  save_regs %rax
  popq %rcx
  movq %rcx, 0(%rax)
  movq 16(%rsp), %rcx
  movq %rcx, 128(%rax)
  movq 32(%rsp), %rcx
  movq %rcx, 136(%rax)
  movq 40(%rsp), %rcx
  movq %rcx, 56(%rax)
  movq 8(%rsp), %rcx
  movq %rcx, gate_error(%rip)
  movq (%rsp), %rax
gate_leave:
  movq gate_stack(%rip), %rsp
  popq %r15
  popq %r14
  popq %r13
  popq %r12
  popq %rbp
  popq %rbx
  ret

gate_trap_kernel:
  subq $128, %rsp
  movq %rax, 0(%rsp)
  save_regs %rsp
  movq %rsp, %rdi
  call trap_kernel
  movq 0(%rsp), %rax
  movq 8(%rsp), %rbx
  movq 16(%rsp), %rcx
  movq 24(%rsp), %rdx
  movq 32(%rsp), %rsi
  movq 40(%rsp), %rdi
  movq 48(%rsp), %rbp
  movq 64(%rsp), %r8
  movq 72(%rsp), %r9
  movq 80(%rsp), %r10
  movq 88(%rsp), %r11
  movq 96(%rsp), %r12
  movq 104(%rsp), %r13
  movq 112(%rsp), %r14
  movq 120(%rsp), %r15
  addq $(128 + 16), %rsp
  iretq

  /* SYSCALL: rcx is the program's rip, r11 its flags; the stack is still its own. */
  .globl gate_call
gate_call:
  movq %rsp, gate_scratch(%rip)
  movq gate_regs(%rip), %rsp
  movq %rax, 0(%rsp)
  save_regs %rsp
  movq %rcx, 128(%rsp)
  movq %r11, 136(%rsp)
  movq gate_scratch(%rip), %rcx
  movq %rcx, 56(%rsp)
  movl $256, %eax
  jmp gate_leave

  /* unsigned gate_enter(struct plat_regs *): runs the program; the number of its trap, 256 for a call */
  .globl gate_enter
gate_enter:
  pushq %rbx
  pushq %rbp
  pushq %r12
  pushq %r13
  pushq %r14
  pushq %r15
  movq %rsp, gate_stack(%rip)
  movq %rdi, gate_regs(%rip)
  pushq $SELECTOR_USER_DATA
  pushq 56(%rdi)
  pushq 136(%rdi)
  pushq $SELECTOR_USER_CODE
  pushq 128(%rdi)
  movq 0(%rdi), %rax
  movq 8(%rdi), %rbx
  movq 16(%rdi), %rcx
  movq 24(%rdi), %rdx
  movq 32(%rdi), %rsi
  movq 48(%rdi), %rbp
  movq 64(%rdi), %r8
  movq 72(%rdi), %r9
  movq 80(%rdi), %r10
  movq 88(%rdi), %r11
  movq 96(%rdi), %r12
  movq 104(%rdi), %r13
  movq 112(%rdi), %r14
  movq 120(%rdi), %r15
  movq 40(%rdi), %rdi
  iretq

  /* size_t gate_copy(void *to, const void *from, size_t n): bytes that were not copied.  A fault on a word falls back
   * to bytes, so that the last byte before an unmapped page still arrives. */
  .globl gate_copy, gate_fill
gate_copy:
  cmpb $0, gate_smap(%rip)
  je 1f
  stac
1:
  movq %rdx, %rcx
  shrq $3, %rcx
  andl $7, %edx
gate_copy_words:
  rep movsq
  movl %edx, %ecx
gate_copy_bytes:
  rep movsb
gate_copied:
  cmpb $0, gate_smap(%rip)
  je 2f
  clac
2:
  movq %rcx, %rax
  ret
gate_copy_rest:
  leaq (%rdx, %rcx, 8), %rcx
  jmp gate_copy_bytes

  /* size_t gate_fill(void *to, size_t n): zeros; bytes that were not written */
gate_fill:
  cmpb $0, gate_smap(%rip)
  je 1f
  stac
1:
  movq %rsi, %rcx
  shrq $3, %rcx
  movl %esi, %edx
  andl $7, %edx
  xorl %eax, %eax
gate_fill_words:
  rep stosq
  movl %edx, %ecx
gate_fill_bytes:
  rep stosb
  jmp gate_copied
gate_fill_rest:
  leaq (%rdx, %rcx, 8), %rcx
  jmp gate_fill_bytes

  /* Sleeps until an interrupt: the only place where one can come to the kernel. */
  .globl gate_wait
gate_wait:
  sti
  hlt
  cli
  ret

  .section .rodata
  .balign 8
  .globl gate_vectors, gate_fixups, gate_fixups_end
gate_vectors:
  .irp n, 0,1,2,3,4,5,6,7,8,9,10,11,12,13,14,15,16,17,18,19,20,21,22,23
  .quad gate_vector_\n
  .endr
  .irp n, 24,25,26,27,28,29,30,31,32,33,34,35,36,37,38,39,40,41,42,43,44,45,46,47
  .quad gate_vector_\n
  .endr
  /* where a fault may happen, and where it goes on then */
gate_fixups:
  .quad gate_copy_words, gate_copy_rest
  .quad gate_copy_bytes, gate_copied
  .quad gate_fill_words, gate_fill_rest
  .quad gate_fill_bytes, gate_copied
gate_fixups_end:
