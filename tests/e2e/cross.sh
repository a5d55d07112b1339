# The portable rooms compile for other processors, freestanding, with nothing of the host's headers.
. "$(dirname "$0")/lib.sh"
cd "$TOP" || exit 1

# The SIMD digests are one file per processor (docs/porting.md); this processor's own are left out elsewhere.
portable=$(ls formats/*.c kernel/lib/*.c kernel/mem/*.c kernel/vfscore/*.c kernel/ramfs/*.c kernel/boot/*.c | grep -v '_avx2\.c$\|_sse2\.c$\|_sse4\.c$\|_ni\.c$')
for room in formats kernel/lib kernel/mem kernel/vfscore kernel/ramfs kernel/boot; do
  case $portable in *"$room/"*) ;; *) portable="$portable $room/is-empty" ;; esac
done
headers=$B/kernel-include

compile() { # COMPILER FILE
  "$1" -std=gnu11 -O2 -Wall -Wextra -Werror -Wno-unused-parameter -ffreestanding -nostdinc -I. \
    -DTAPROOT_VERSION='"cross"' -isystem kernel/lib/include -isystem "$headers" -isystem "$("$1" -print-file-name=include)" \
    -c "$2" -o "$W/x.o"
}
all_for() { # TRIPLET
  for file in $portable kernel/fs.h; do
    compile "$1-gcc" "$file" || { echo "$file does not compile for $1"; return 1; }
  done
}
try "portable rooms compile for aarch64" all_for aarch64-linux-gnu
try "portable rooms compile for riscv64" all_for riscv64-linux-gnu
echo '#include <pthread.h>' >"$W/leak.c"
try "a header of the host cannot leak in" says "pthread.h: No such file" compile aarch64-linux-gnu-gcc "$W/leak.c"
done_testing
