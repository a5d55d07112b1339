/* mkimage/verbs/init_files.S - examples/hello inside the tool, for the verb init: see init.c. */
.macro init_file name, path
        .globl  init_\name, init_\name\()_end
init_\name:
        .incbin "\path"
init_\name\()_end:
        .byte   0
.endm

        .section .rodata
        init_file app_cfg, examples/hello/app.cfg
        init_file hello_c, examples/hello/hello.c
        init_file motd, examples/hello/rootfs/etc/motd
        init_file hello, init/hello
        .section .note.GNU-stack, "", @progbits
