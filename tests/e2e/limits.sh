# What an image may ask of a machine: the kernel's size, and the memory in which a tree of some size must run.  Speed is for
# `make bench` to measure, beside a peer.
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

boots() {
  boot microvm max "$1" "$image"
  ends 'exit 0'
}
runs_in() { # WHAT TREE MIB CODEC...
  label=$1 name=$2 mib=$3; shift 3
  for codec; do
    try "$label, $codec: packs" pack "$name" "$W/$name" /init "rootfs = { compress = \"$codec\"; };"
    try "$label, $codec: runs in $mib MiB" boots "$mib"
  done
}
runs_in "ten files" tiny 4 none gzip lz4 zstd xz
runs_in "10,000 files" many 18 none gzip lz4 zstd
runs_in "64 MiB in one file" big 72 none gzip lz4 zstd
try "the kernel has at most 300,000 bytes" test "$(stat -c %s "$KERNEL")" -le 300000
done_testing
