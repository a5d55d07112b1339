# Figures that must not get worse unnoticed: guest instructions are counted, so they do not depend on the host.
# `make bench` measures; this only says when a goal is missed.
. "$(dirname "$0")/lib.sh"
printf 'int main(void) { return 0; }\n' >"$W/true.c"
compiles "$W/true" "$W/true.c" -Os -s
tree() { mkdir -p "$W/$1"; cp "$W/true" "$W/$1/init"; }
tree tiny; tree many; tree big
for i in 0 1 2 3 4 5 6 7 8 9; do seq 1 250 | head -c 1024 >"$W/tiny/file$i"; done
python3 - "$W/many" <<'EOT'
import os, sys
for d in range(100):
    os.mkdir(f"{sys.argv[1]}/d{d:02}")
    for f in range(100):
        with open(f"{sys.argv[1]}/d{d:02}/file{f:05}", "w") as out:
            out.write(f"{d} {f} some text\n" * 99)
            out.truncate(1024)
EOT
cat /usr/lib/x86_64-linux-gnu/*.a | head -c 67108864 >"$W/big/data"

counted() {
  boot microvm max "$mib" "$image" -icount shift=0,sleep=off
  ends 'exit 0'
}
# within STAGE LIMIT...: of that boot; `all` is to the program, `rest` all but the unpack
within() {
  while [ $# -gt 0 ]; do
    case $1 in
      all) n=$(sed -n 's/^boot: program starts after \([0-9]*\) .*/\1/p' "$W/m.log") ;;
      rest) n=$(($(sed -n 's/^boot: program starts after \([0-9]*\) .*/\1/p' "$W/m.log") - $(sed -n 's/^boot: unpack \([0-9]*\) .*/\1/p' "$W/m.log"))) ;;
      *) n=$(sed -n "s/^boot: $1 \([0-9]*\) .*/\1/p" "$W/m.log") ;;
    esac
    [ -n "$n" ] && [ "$n" -le "$2" ] || { echo "$1: ${n:-nothing}, the goal is $2"; return 1; }
    shift 2
  done
}
goal() { # WHAT TREE MIB ROOTFS LIMITS...
  label=$1 name=$2 mib=$3 rootfs=$4; shift 4
  try "$label: packs" pack "$name" "$W/$name" /init "rootfs = { $rootfs };"
  try "$label: boots" counted
  try "$label: $*" within "$@"
}
goal "ten files, default" tiny 64 '' rest 1000000
goal "10,000 files, none" many 256 'compress = "none";' unpack 9000000
goal "64 MiB, none, unchecked" big 256 'compress = "none"; check = "none";' unpack 600000 all 1000000
goal "64 MiB, none, default check" big 256 'compress = "none";' all 35000000
goal "64 MiB, gzip, in 100 MiB" big 100 'compress = "gzip";' release 1000000
goal "64 MiB, zstd" big 100 'compress = "zstd"; check = "none";' unpack 810000000
try "the kernel has at most 300,000 bytes" test "$(stat -c %s "$KERNEL")" -le 300000
done_testing
