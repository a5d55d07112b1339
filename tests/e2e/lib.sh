# tests/e2e/lib.sh - sourced by every end-to-end test: TAP from shell.
#
# A test is `try "what it shows" command...`: ok when the command succeeds.  `done_testing` prints the plan.
set -u
B=$(cd "${1:-build}" && pwd)
TOP=$(cd "$(dirname "$0")/../.." && pwd)
MKIMAGE=$B/mkimage
KERNEL=$B/kvm-x86_64/kernel.elf
W=$(mktemp -d "${TMPDIR:-/tmp}/taproot.XXXXXX")
trap 'rm -rf "$W"' EXIT
trap 'exit 1' HUP INT TERM
count=0

try() {
  what=$1; shift
  count=$((count + 1))
  if "$@" >"$W/.out" 2>&1; then echo "ok $count - $what"
  else echo "not ok $count - $what"; sed 's/^/# /' "$W/.out" | head -n 60; fi
}
# status N command...: the command ends with status N
status() {
  want=$1; shift
  "$@"; got=$?
  [ "$got" = "$want" ] || { echo "status $got, wanted $want: $*"; return 1; }
}
# says TEXT command...: its output (both streams) contains TEXT, whatever its status
says() {
  text=$1; shift
  "$@" >"$W/.said" 2>&1
  grep -qF -- "$text" "$W/.said" || { echo "wanted: $text"; echo "got:"; cat "$W/.said"; return 1; }
}
skip() { count=$((count + 1)); echo "ok $count - $1 # SKIP $2"; }
done_testing() { echo "1..$count"; }

# --- chroots, to compare with ---

# need_root "$@": the test makes device nodes and chroots; begins again through sudo when it must
need_root() { [ "$(id -u)" = 0 ] || exec sudo sh "$0" "$@"; }
CHROOT=$(PATH=$PATH:/usr/sbin:/sbin command -v chroot)
# devices DIR: the nodes that the machine would make itself where they are missing
devices() {
  mkdir -p "$1/dev"
  for node in null:1:3 zero:1:5 full:1:7 random:1:8 urandom:1:9 tty:5:0 console:5:1; do
    n=${node#*:}
    [ -e "$1/dev/${node%%:*}" ] || mknod -m 666 "$1/dev/${node%%:*}" c "${n%:*}" "${n#*:}" || return 1
  done
}

# --- images and machines ---

# app_cfg FILE PROGRAM [TEXT]: the smallest app.cfg, with more lines from TEXT; a setting of rootfs comes with its group.
app_cfg() {
  printf 'name = "%s";\nplatforms = [ "kvm-x86_64" ];\nprogram = { path = "%s"; };\n%s\n' "$(basename "$1" .cfg)" "$2" "${3:-}" >"$1"
}
# pack NAME ROOT PROGRAM [TEXT]: $W/NAME-kvm-x86_64.elf, whose path is left in $image
pack() {
  app_cfg "$W/$1.cfg" "$3" "${4:-}"
  image=$W/$1-kvm-x86_64.elf
  "$MKIMAGE" -q -o "$W" "$W/$1.cfg" "$2"
}
# boot BOARD CPU MIB IMAGE [QEMU OPTION...]: the machine itself, no mkimage between; its channels are left in
# $W/m.log m.out m.err m.status.  $words replaces the kernel's words, $arguments is put behind them.  QEMU's status.
boot() {
  board=$1 cpu=$2 mib=$3 elf=$4; shift 4
  rm -f "$W"/m.*
  timeout -k 5 "${BOOT_TIMEOUT:-60}" "${QEMU:-qemu-system-x86_64}" -display none -nodefaults -no-reboot -M "$board" -cpu "$cpu" -m "$mib" \
    -device isa-debug-exit,iobase=0xf4,iosize=4 \
    -chardev file,id=log,path="$W/m.log" -device isa-debugcon,iobase=0xe9,chardev=log \
    -chardev file,id=out,path="$W/m.out" -device isa-debugcon,iobase=0xea,chardev=out \
    -chardev file,id=err,path="$W/m.err" -device isa-debugcon,iobase=0xeb,chardev=err \
    -chardev file,id=end,path="$W/m.status" -device isa-debugcon,iobase=0xec,chardev=end \
    -append "${words:-log=0xe9 out=0xea err=0xeb status=0xec exit=0xf4}${arguments:+ -- $arguments}" \
    -kernel "$elf" "$@" </dev/null >"$W/m.qemu" 2>&1
}
# ends TEXT: the machine's last word is TEXT (a pattern of `case`), its log is shown when it is not
ends() {
  end=$(cat "$W/m.status" 2>/dev/null)
  case $end in $1) return 0 ;; esac
  echo "the machine ended with '$end', wanted '$1'"
  tail -n 15 "$W/m.log" "$W/m.qemu" "$W/m.err" 2>/dev/null
  return 1
}
# compiles OUTPUT SOURCE... [OPTION...] with musl, static
compiles() { to=$1; shift; musl-gcc -std=gnu11 -O2 -static -D_GNU_SOURCE -I"$TOP/tests/guest" "$@" -o "$to"; }
