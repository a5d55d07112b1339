# Scale: ten times the entries cost at most eleven times the instructions, and what is larger than 2 GiB arrives whole.
. "$(dirname "$0")/lib.sh"
cat >"$W/init.c" <<'EOT'
#include <fcntl.h>
#include <string.h>
#include <unistd.h>
/* /file, when there is one, has its marks at the half and at the end */
int main(void) {
  char middle[7] = "", tail[5] = "";
  int fd = open("/file", O_RDONLY);
  off_t size = lseek(fd, 0, SEEK_END);
  if (fd < 0) return 0;
  return pread(fd, middle, 6, size / 2) == 6 && pread(fd, tail, 4, size - 4) == 4 && !strcmp(middle, "middle") && !strcmp(tail, "tail") ? 42 : 1;
}
EOT
compiles "$W/init" "$W/init.c" -Os -s
mkdir "$W/root"; cp "$W/init" "$W/root"
pack small "$W/root" /init 'rootfs = { compress = "none"; };'
small=$image

# Instructions repeat exactly: this measures no time.
cost() { # SHAPE N: of unpack and release
  "$TOP/tests/entries" "$1" "$2" "$W/entries" "$W/init" || return 1
  boot microvm max 1024 "$small" -icount shift=0,sleep=off -initrd "$W/entries"
  ends 'exit 0' >&2 || return 1
  awk '$1 == "boot:" && ($2 == "unpack" || $2 == "release") {n += $3} END {print n}' "$W/m.log"
}
linear() { # SHAPE: 1,000, 10,000 and 100,000 entries
  before=
  for n in 1000 10000 100000; do
    now=$(cost "$1" $n) || return 1
    echo "$n entries: $now instructions"
    [ -z "$before" ] || [ "$now" -le $((before * 11)) ] || return 1
    before=$now
  done
}
try "in one directory" linear flat
try "nested 2,000 deep" linear nested

# --- larger than 2 GiB; not beside other machines when memory is short ---
large() { # BOARD CPU MIB IMAGE [QEMU OPTION...]
  BOOT_TIMEOUT=200 boot "$@"
  ends 'exit 42'
}
roomy() { [ "$(awk '/^MemAvailable/ {print int($2 / 1048576)}' /proc/meminfo)" -ge 5 ]; }
if roomy; then
  "$TOP/tests/entries" file 2684354560 "$W/entries" "$W/init"
  try "an initrd of 2.5 GiB, microvm" large microvm max 3072 "$small" -initrd "$W/entries"
  try "an initrd of 2.5 GiB, pc" large pc max 3072 "$small" -initrd "$W/entries"
  "$TOP/tests/entries" file 2147483648 "$W/entries" "$W/init"
  app_cfg "$W/large.cfg" /init
  try "a file of 2 GiB is packed" "$MKIMAGE" -q -o "$W" "$W/large.cfg" "$W/entries"
  try "a file of 2 GiB in a machine of 3 GiB" large microvm max 3072 "$W/large-kvm-x86_64.elf"
else for what in "an initrd of 2.5 GiB" "a file of 2 GiB"; do skip "$what" "needs 5 GiB of free memory"; done; fi
rm -f "$W/entries"
done_testing
