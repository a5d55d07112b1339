# A kernel that is wrong says so: cause, registers, where from, and the panic status; through every kind of fault.
. "$(dirname "$0")/lib.sh"

# The first instructions of a function, replaced by ones that fault: nothing else of the kernel is touched.
cat >"$W/patch.py" <<'EOT'
import struct, subprocess, sys
full, kernel, out, code, function = sys.argv[1:6]
symbols = subprocess.run(["nm", full], check=True, capture_output=True, text=True).stdout.split("\n")
at = next(int(s.split()[0], 16) for s in symbols if s.endswith(" " + function))
image = bytearray(open(kernel, "rb").read())
phoff, = struct.unpack_from("<Q", image, 32)
for i in range(struct.unpack_from("<H", image, 56)[0]):
    kind, flags, offset, vaddr, paddr, filesz = struct.unpack_from("<IIQQQQ", image, phoff + 56 * i)
    if kind == 1 and vaddr <= at < vaddr + filesz:
        code = bytes.fromhex(code)
        image[at - vaddr + offset:at - vaddr + offset + len(code)] = code
open(out, "wb").write(image)
EOT

victim=$KERNEL function=boot_clock
panics() { # CPU CODE CAUSE: when $function of $victim is that code
  python3 "$W/patch.py" "$KERNEL.full" "$victim" "$W/wrong.elf" "$2" $function || return 1
  boot microvm "$1" 64 "$W/wrong.elf"
  rc=$?
  [ $rc = 39 ] || { echo "QEMU's status $rc, wanted 39 (0x13)"; cat "$W/m.log"; return 1; }
  ends "panic $3*" || return 1
  grep -F "panic: $3" "$W/m.log" && grep -Eq '^rip [0-9a-f]{16} rsp ffffffff801' "$W/m.log" &&
    grep -Eq "^from${trace-( ffffffff801[0-9a-f]{5\})+}\$" "$W/m.log"
}
for cpu in max qemu64; do
  try "an invalid instruction, $cpu" panics $cpu 0f0b "invalid instruction"
  try "a division by zero, $cpu" panics $cpu 31c9f7f1 "division by zero"
  try "a breakpoint, $cpu" panics $cpu cc "breakpoint"
  try "reading what is not mapped, $cpu" panics $cpu 8a042500100000 "page fault: cannot read address 0x1000, which is not mapped"
  try "writing the kernel's constants, $cpu" panics $cpu c604250000108001 "page fault: cannot write address 0xffffffff80100000, which is protected"
  try "an address that cannot be, $cpu" panics $cpu 48b800000000000000808a00 "general protection"
  trace= # the stack holds nothing but what was pushed
  try "a stack without end, $cpu" panics $cpu 50ebfd "the kernel's stack overflowed"
  unset trace
done
# mov rax, the direct view of the kernel's text or the stack; then write there, or go there
try "the direct view of the text is not writable" panics max 48b8001110000080ffffc60001 "page fault: cannot write address 0xffff800000101100, which is protected"
try "the direct view of the text cannot be run" panics max 48b8001110000080ffffffe0 "page fault: cannot run address 0xffff800000101100, which is protected"
try "the stack cannot be run" panics max ffe4 "page fault: cannot run address 0xffffffff801"


run_status() { # what mkimage run makes of it
  python3 "$W/patch.py" "$KERNEL.full" "$KERNEL" "$W/wrong.elf" 0f0b boot_clock || return 1
  status 70 "$MKIMAGE" run "$W/wrong.elf" 2>"$W/err"
  cat "$W/err"
  grep -q "panicked: invalid instruction" "$W/err"
}
# While a program runs, its memory is out of the kernel's reach but through the copies.
printf '#include <unistd.h>\nint main(void) { return getpid() < 0; }\n' >"$W/pid.c"
mkdir -p "$W/root/bin"
compiles "$W/root/bin/pid" "$W/pid.c"
try "packs" pack pid "$W/root" /bin/pid
at=$(nm "$W/root/bin/pid" | sed -n 's/^00000000\(0*\)\([0-9a-f]*\) T main$/\1\2/p')
little=$(echo "$at" | sed 's/\(..\)\(..\)\(..\)\(..\)/\4\3\2\1/') short=$(echo "$at" | sed 's/^0*//')
kernel_boots() { boot microvm max 64 "$image" && return 1; ends 'exit 0'; }
try "the program ends well" kernel_boots
victim=$image function=call_getpid
try "the program's memory cannot be read" panics max "8a0425$little" "page fault: cannot read address 0x$short, which is protected"
try "the program's text cannot be run" panics max "b8${little}ffe0" "page fault: cannot run address 0x$short, which is protected"
victim=$KERNEL function=boot_clock

try "mkimage run says it, with status 70" run_status
done_testing
