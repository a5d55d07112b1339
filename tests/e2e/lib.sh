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
