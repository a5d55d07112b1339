# The machine boots wherever it should, and stops before the program, saying why, wherever it must.
. "$(dirname "$0")/lib.sh"

cat >"$W/hello.c" <<'EOT'
#include <stdio.h>
int main(int argc, char **argv) {
  for (int i = 1; i < argc; i++) printf("<%s>\n", argv[i]);
  fprintf(stderr, "to err\n");
  puts("hello");
  return 7;
}
EOT
root=$W/root
mkdir -p "$root/bin" "$root/etc"
compiles "$root/bin/hello" "$W/hello.c"
seq 20000 >"$root/etc/numbers"
try "packs" pack hello "$root" /bin/hello
hello=$image

greets() { # BOARD CPU MIB IMAGE...
  boot "$@" || true
  ends 'exit 7' && printf 'hello\n' | cmp - "$W/m.out" && printf 'to err\n' | cmp - "$W/m.err"
}
for board in microvm q35 pc; do
  for cpu in max qemu64; do try "$board, $cpu" greets $board $cpu 64 "$hello"; done
  try "$board with 3 GiB" greets $board max 3072 "$hello"
done
try "Nehalem" greets microvm Nehalem 64 "$hello"
try "without a device for the end, the machine powers off" sh -c '
  timeout 60 "${QEMU:-qemu-system-x86_64}" -display none -nodefaults -no-reboot -M pc -m 64 -serial stdio -kernel "$1" </dev/null >"$2" && grep -q "^hello" "$2"' - "$hello" "$W/serial"
arguments='"two words" last'
with_arguments() { greets "$@"; printf '<two words>\n<last>\nhello\n' | cmp - "$W/m.out"; }
try "arguments behind --" with_arguments microvm max 64 "$hello"
arguments=

# From too little to enough: every size either runs the program or says what is missing; none hangs or panics.
sweep() {
  ran=
  for mib in 2 3 4 5 6 7 8 10 12 16 20 24 32; do
    boot microvm max $mib "$hello"
    case $(cat "$W/m.status" 2>/dev/null) in
      'exit 7') ran="$ran $mib" ;;
      stopped*) [ -z "$ran" ] || { echo "stops with $mib MiB, ran with$ran"; return 1; } ;;
      *) echo "$mib MiB:"; ends 'exit 7 or stopped' ; return 1 ;;
    esac
  done
  echo "ran with$ran MiB"
  case " $ran " in *" 8 "*) ;; *) return 1 ;; esac
}
try "-m sweep: runs from 8 MiB on at the latest, below that says why" sweep

# At the edge itself, found to 4 KiB: every stop says what was wanted and what was left, the last of them the program's.
edge() {
  mkdir -p "$W/filled" && cp "$root/bin/hello" "$W/filled" && seq 200000 >"$W/filled/numbers" || return 1
  head -c 65536 /dev/zero >>"$W/filled/hello" # so large that it is mapped where it lies: nothing is copied while it runs
  pack filled "$W/filled" /hello 'rootfs = { compress = "gzip"; };' || return 1
  low=2048 high=8192 last=
  while [ $((high - low)) -gt 4 ]; do
    kib=$(((low + high) / 8 * 4))
    boot microvm max ${kib}k "$image"
    case $(cat "$W/m.status") in
      'exit 7') high=$kib ;;
      stopped*wanted*left* | stopped*wanted*there*) low=$kib last=$(cat "$W/m.status") ;;
      *) echo "$kib KiB:"; ends 'exit 7 or stopped'; return 1 ;;
    esac
  done
  echo "$high KiB runs; below: $last"
  case $last in *"program: '/hello': not enough memory to start it"*) ;; *) return 1 ;; esac
  for below in $(seq 4 4 64); do # on the way down, each of its allocations is the one that fails
    boot microvm max $((high - below))k "$image"
    case $(cat "$W/m.status") in stopped*wanted*left*) ;; *) cat "$W/m.status"; return 1 ;; esac
  done
}
try "one page too little: the program's stop says wanted and left" edge

# The log: stages in their order, the initrd given back, the last line before the program.
stages() {
  boot microvm max 64 "$hello"
  sed -n 's/^boot: \([a-z]*\) [0-9]* instructions.*/\1/p' "$W/m.log" | tr '\n' ' ' >"$W/stages"
  echo "stages: $(cat "$W/stages")"
  [ "$(cat "$W/stages")" = "console machine kctors pages heap clock vfs root find check unpack release devices " ] &&
    grep -q '^boot: program starts after [0-9]* instructions' "$W/m.log"
}
try "the log names the stages in their order" stages

# The same kernel at another physical address: only p_paddr, and the entry in the PVH note, are changed.
cat >"$W/move.py" <<'EOT'
import struct, sys
image = bytearray(open(sys.argv[1], "rb").read())
delta = (16 << 20) - (1 << 20)
phoff, = struct.unpack_from("<Q", image, 32)
phnum, = struct.unpack_from("<H", image, 56)
notes = 0
for i in range(phnum):
    at = phoff + 56 * i
    kind, flags, offset, vaddr, paddr, filesz = struct.unpack_from("<IIQQQQ", image, at)
    if kind == 1:
        struct.pack_into("<Q", image, at + 24, paddr + delta)
    if kind == 4:
        note = offset
        while note + 12 <= offset + filesz:
            name, desc, what = struct.unpack_from("<III", image, note)
            data = note + 12 + (name + 3 & ~3)
            if what == 18 and image[note + 12:note + 16] == b"Xen\0":
                form = "<I" if desc == 4 else "<Q"
                struct.pack_into(form, image, data, struct.unpack_from(form, image, data)[0] + delta)
                notes += 1
            note = data + (desc + 3 & ~3)
assert notes == 1
open(sys.argv[2], "wb").write(image)
EOT
moved() { python3 "$W/move.py" "$hello" "$W/moved.elf" && greets "$1" max 64 "$W/moved.elf"; }
try "loaded at 16 MiB, microvm" moved microvm
try "loaded at 16 MiB, q35" moved q35

# --- what must stop ---------------------------------------------------------------
stops() { # TEXT BOARD CPU MIB IMAGE...: before the program, with TEXT in the log and the status channel
  text=$1; shift
  boot "$@"; rc=$?
  ends 'stopped*' || return 1
  [ $rc = 37 ] || { echo "QEMU's status $rc, wanted 37 (0x12)"; return 1; }
  grep -iF -- "$text" "$W/m.log" >/dev/null || { echo "wanted: $text"; tail -n 5 "$W/m.log"; return 1; }
  [ ! -s "$W/m.out" ]
}
archive() { # FILE DIR: a foreign initrd
  (cd "$2" && find . | LC_ALL=C sort | cpio --quiet -o -H newc) >"$1"
}
mkdir -p "$W/none/etc" "$W/dyn/bin" "$W/arm/bin" "$W/text/bin" "$W/dir/bin/hello" "$W/plain/bin"
printf 'int main(void) { return 0; }\n' >"$W/nothing.c"
gcc "$W/nothing.c" -o "$W/dyn/bin/hello"
aarch64-linux-gnu-gcc -static -nostdlib -Wl,-e,main "$W/nothing.c" -o "$W/arm/bin/hello"
echo "#!/bin/sh" >"$W/text/bin/hello"; chmod 755 "$W/text/bin/hello"
cp "$root/bin/hello" "$W/plain/bin/hello"; chmod 644 "$W/plain/bin/hello"
for kind in none dyn arm text dir plain; do archive "$W/$kind.cpio" "$W/$kind"; done

try "no archive at all: an empty root, said aloud" stops "no archive" microvm max 32 "$KERNEL"
try "and then no program" grep -qi "no program" "$W/m.log"
try "a program that is not there" stops "/bin/hello" microvm max 64 "$hello" -initrd "$W/none.cpio"
try "a dynamic program" stops "dynamic" microvm max 64 "$hello" -initrd "$W/dyn.cpio"
try "a program for another processor" stops "/bin/hello" microvm max 64 "$hello" -initrd "$W/arm.cpio"
try "a program that is a script" stops "/bin/hello" microvm max 64 "$hello" -initrd "$W/text.cpio"
try "a program that is a directory" stops "/bin/hello" microvm max 64 "$hello" -initrd "$W/dir.cpio"
try "a program that may not be executed" stops "/bin/hello" microvm max 64 "$hello" -initrd "$W/plain.cpio"

mkdir -p "$W/large/bin"
cp "$root/bin/hello" "$W/large/bin/"
head -c 40000000 /dev/urandom >"$W/large/noise"
try "a large image packs" pack large "$W/large" /bin/hello
large=$image
try "it runs where it fits" greets microvm max 96 "$large"
for board in microvm pc; do try "memory ends inside the image, $board" stops "memory" $board max 24 "$large"; done
head -c 30000000 /dev/zero >"$W/large/noise"
try "an archive that unpacks to much" pack zeros "$W/large" /bin/hello
try "is too large for this memory: wanted and left are said" stops "memory" microvm max 24 "$image"

# Truncation.  QEMU itself refuses an ELF file that ends inside a segment; zeros in place of the tail reach the kernel.
size=$(stat -c %s "$hello")
for cut in 1 100 5000; do
  head -c $((size - cut)) "$hello" >"$W/cut.elf"
  never_runs() { boot microvm max 64 "$W/cut.elf"; [ "$(cat "$W/m.status" 2>/dev/null)" != 'exit 7' ] && [ ! -s "$W/m.out" ]; }
  try "an image cut by $cut bytes never runs" never_runs
  truncate -s "$size" "$W/cut.elf"
done
cp "$hello" "$W/cut.elf"; truncate -s $((size - 9000)) "$W/cut.elf"; truncate -s "$size" "$W/cut.elf"
try "a tail of zeros is noticed" stops "digest" microvm max 64 "$W/cut.elf"
archive "$W/whole.cpio" "$root"
whole=$(stat -c %s "$W/whole.cpio")
try "a whole foreign archive boots" greets microvm max 64 "$hello" -initrd "$W/whole.cpio"
head -c $((whole / 2)) "$W/whole.cpio" >"$W/half.cpio"
try "half of a foreign archive stops, naming the entry" stops "numbers" microvm max 64 "$hello" -initrd "$W/half.cpio"
gzip -9 <"$W/whole.cpio" >"$W/whole.gz"
head -c $(($(stat -c %s "$W/whole.gz") - 4)) "$W/whole.gz" >"$W/half.gz"
try "a gzip archive without its last 4 bytes" stops "boot stopped in unpack" microvm max 64 "$hello" -initrd "$W/half.gz"
head -c 5000 /dev/urandom >"$W/noise"
try "an initrd that is noise" stops "boot stopped in" microvm max 64 "$hello" -initrd "$W/noise"
words='log=0xe9 out=0xea err=0xeb status=0xec exit=0xf4 colour=blue'
try "an unknown word is named and does no harm" greets microvm max 64 "$hello"
try "by its name" grep -q "colour" "$W/m.log"
done_testing
