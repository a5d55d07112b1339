/* foreign_stdio.S - names of the C library's files that libbz2 wants at link time and never calls: its compressor and
 * its own file functions are in the same objects as its decoder. */
  .text
  .irp name, fclose, fdopen, ferror, fflush, fgetc, fopen64, fputc, fread, fwrite, ungetc, exit, __fprintf_chk, \
             __ctype_b_loc, stdin, stdout, stderr
  .globl \name
\name:
  .endr
  call foreign_call

  .section .note.GNU-stack, "", @progbits
