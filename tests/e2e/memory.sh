# Memory: what `mkimage info` predicts is what a machine needs, and too little of it is said, whatever the image.
. "$(dirname "$0")/lib.sh"
printf 'int main(void) { return 0; }\n' >"$W/true.c"
compiles "$W/true" "$W/true.c" -Os -s
for tree in tiny many large; do mkdir -p "$W/$tree"; cp "$W/true" "$W/$tree/init"; done
python3 - "$W" <<'EOT'
import os, random, sys
top, draw = sys.argv[1], random.Random(4)
words = ["".join(chr(97 + draw.randrange(26)) for _ in range(2 + draw.randrange(8))) for _ in range(2000)]
text = lambda n: " ".join(draw.choice(words) for _ in range(n // 4))[:n].encode()
for i in range(10):
    open(f"{top}/tiny/file{i}", "wb").write(text(1024))
some = [text(1024) for _ in range(500)]
for d in range(100):
    os.mkdir(f"{top}/many/d{d:02}")
    for f in range(100):
        open(f"{top}/many/d{d:02}/file{f:05}", "wb").write(some[(d * 100 + f) % 500])
with open(f"{top}/large/data", "wb") as f:
    for i in range(16):
        f.write(text(1 << 19) + draw.randbytes(1 << 19))
EOT
codecs="none gzip lz4 zstd xz"

# --- as predicted ---
needs() { "$MKIMAGE" info --json "$1" | python3 -c 'import json, sys; print(json.load(sys.stdin)["needs"])'; }
# QEMU takes memory in steps of 8 KiB.
predicted() { # NAME TREE CODEC
  pack "$1-$3" "$W/$2" /init "rootfs = { compress = \"$3\"; };" || return 1
  bytes=$(needs "$image") || return 1
  echo "predicted: $bytes"
  boot microvm max "$(((bytes + 8191) / 8192 * 8))K" "$image"
  ends 'exit 0' || return 1
  BOOT_TIMEOUT=3 boot microvm max "$((bytes * 97 / 100 / 8192 * 8))K" "$image" # less than the kernel itself, too
  ! ends 'exit *' >/dev/null || { echo "3 % less are enough, too"; return 1; }
}
try "tiny: needs what is predicted" predicted tiny tiny lz4
for tree in many large; do
  for codec in $codecs; do try "$tree, $codec: needs what is predicted" predicted "$tree" "$tree" "$codec"; done
done

# --- files are packed: data, inodes and names of 10,000 x 1 KiB ---
kept() { # IMAGE: bytes that are not free any more when the program starts
  boot microvm max 64 "$1"
  ends 'exit 0' >&2 || return 1
  awk '/^boot: pages/ {n += $(NF - 2)} /^boot: find/ {n += $(NF - 1)} /^boot: release/ {n -= $(NF - 2)} END {print n}' "$W/m.log"
}
packed() { # CODEC
  none=$(kept "$W/tiny-lz4-kvm-x86_64.elf") && many=$(kept "$W/many-$1-kvm-x86_64.elf") || return 1
  echo "$many bytes, $none of them without the files"
  [ $((many - none)) -le $((13 << 20)) ]
}
for codec in none gzip lz4 zstd; do try "$codec: 10,000 files of 1 KiB take 13 MiB at most" packed $codec; done

# What is removed or rewritten gives its pages back; a hundred times all is as before.
cat >"$W/fill.c" <<'EOT'
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/sysinfo.h>
#include <unistd.h>
static char data[20000];
static long is_free(void) {
  struct sysinfo s;
  sysinfo(&s);
  return (long)(s.freeram * s.mem_unit);
}
static int put(const char *path, size_t n) {
  int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0644);
  return fd < 0 || write(fd, data, n) != (ssize_t)n || close(fd);
}
int main(void) {
  char path[64];
  long start = is_free(), first = 0;
  for (int f = 0; f < 10000; f++) {
    snprintf(path, sizeof path, "/d%02d/file%05d", f / 100, f % 100);
    if (f % 3 == 0 ? put(path, 100) || unlink(path) : unlink(path)) return perror(path), 1;
  }
  long given = is_free() - start;
  printf("removing 10,000 files gave %ld bytes\n", given);
  if (given < 10000 * 1024) return 2;
  for (int round = 0; round < 100; round++) {
    for (int f = 0; f < 200; f++) {
      snprintf(path, sizeof path, "/d%02d/new%d", f % 100, f);
      if (put(path, (size_t)(f * 97 + round) % sizeof data) || put(path, (size_t)(f * 31))) return perror(path), 3;
    }
    for (int f = 0; f < 200; f++) {
      snprintf(path, sizeof path, "/d%02d/new%d", f % 100, f);
      if (unlink(path)) return perror(path), 4;
    }
    if (round == 1) first = is_free();
    if (round > 1 && is_free() != first) return printf("round %d: %ld, not %ld bytes free\n", round, is_free(), first), 5;
  }
  return 0;
}
EOT
compiles "$W/fill" "$W/fill.c" -Os -s && cp "$W/fill" "$W/many/fill"
filled() { # CODEC
  pack "fill-$1" "$W/many" /fill "rootfs = { compress = \"$1\"; };" || return 1
  boot microvm max 40 "$image"
  ends 'exit 0' || { cat "$W/m.out"; return 1; }
}
for codec in none lz4; do try "$codec: emptied, and filled and emptied a hundred times" filled $codec; done
rm "$W/many/fill"

# --- too little: one sentence with what was wanted and what was there; and what has run once runs with more, too ---
machine() { # MIB IMAGE
  boot microvm max "$1" "$2"
  cat "$W/m.status" >"$W/said"
  grep -q '^exit 0$' "$W/said"
}
# It looks before it starts whether image and initrd can lie in such a machine.
mkimage_run() { "$MKIMAGE" run --timeout 20 -m "$@" >"$W/said" 2>&1; }
sweep() { # MOST COMMAND ARGUMENT...: from 2 MiB up in steps of 1 MiB
  most=$1 command=$2 mib=2 ran=; shift 2
  while [ $mib -le "$most" ]; do
    if "$command" $mib "$@"; then ran=${ran:-$mib}
    elif [ -n "$ran" ]; then echo "ran with $ran MiB, but not with $mib"; cat "$W/said"; return 1
    else
      grep -qE 'stopped .* wanted(.* left|.* of them there)|over the image|it takes at least -m [0-9]+\)|boot stopped before .* wanted.* left' "$W/said" ||
        { echo "$mib MiB:"; cat "$W/said"; return 1; }
    fi
    mib=$((mib + 1))
  done
  [ -n "$ran" ] || { echo "never ran"; return 1; }
}
for codec in $codecs; do
  try "$codec: every size of memory" sweep 20 machine "$W/many-$codec-kvm-x86_64.elf"
done

# An archive from the loader, of every codec and of the size of its like inside; QEMU puts it at the end of memory.
pack any "$W/tiny" /init 'external = "any";'
any=$image
mkdir "$W/some"; cp "$W/true" "$W/some/init"; cp -r "$W/many/d00" "$W/many/d01" "$W/some"; head -c 3000000 "$W/large/data" >"$W/some/data"
(cd "$W/some" && find . | LC_ALL=C sort | cpio -o -H newc --quiet) >"$W/some.none"
gzip -9 <"$W/some.none" >"$W/some.gzip"; bzip2 -9 <"$W/some.none" >"$W/some.bzip2"; zstd -q -19 <"$W/some.none" >"$W/some.zstd"
xz --check=crc32 <"$W/some.none" >"$W/some.xz"; xz --format=lzma <"$W/some.none" >"$W/some.lzma"
lz4 -q -9 <"$W/some.none" >"$W/some.lz4"; lz4 -q -l -9 <"$W/some.none" >"$W/some.lz4-legacy"
for codec in none gzip bzip2 zstd lz4 lz4-legacy; do
  try "$codec from the loader: every size of memory" sweep 10 mkimage_run --initrd "$W/some.$codec" "$any"
done
# Their dictionary of 8 MiB comes on top.
for codec in xz lzma; do
  try "$codec from the loader: every size of memory" sweep 16 mkimage_run --initrd "$W/some.$codec" "$any"
done

# The peak is what is unpacked, 2 MiB and the kernel; on top comes what a library's decoder keeps, or a large lz4 block.
(cd "$W/large" && find . | LC_ALL=C sort | cpio -o -H newc --quiet) >"$W/peak.none"
gzip -1 <"$W/peak.none" >"$W/peak.gzip"; lz4 -q -B6 <"$W/peak.none" >"$W/peak.lz4"; zstd -q <"$W/peak.none" >"$W/peak.zstd"
lz4 -q -B7 <"$W/peak.none" >"$W/peak.lz4-B7"; lz4 -q -l <"$W/peak.none" >"$W/peak.lz4-legacy"
xz --check=crc32 -1 <"$W/peak.none" >"$W/peak.xz"; xz --format=lzma -1 <"$W/peak.none" >"$W/peak.lzma"; bzip2 -9 <"$W/peak.none" >"$W/peak.bzip2"
peak() { # CODEC MORE
  kernel=$("$MKIMAGE" info --json "$any" | python3 -c 'import json, sys; print(json.load(sys.stdin)["kernel"])') || return 1
  bytes=$(($(stat -c %s "$W/peak.none") + (2 << 20) + kernel + $2))
  boot microvm max "$((bytes / 8192 * 8))K" "$any" -initrd "$W/peak.$1"
  ends 'exit 0'
}
for codec in none gzip lz4 zstd; do try "$codec from the loader: unpacked, 2 MiB and the kernel" peak $codec 0; done
for codec in xz lzma; do try "$codec from the loader: and the dictionary" peak $codec $((1 << 20)); done
try "bzip2 from the loader: and four blocks" peak bzip2 $((4 * 900000))
for codec in lz4-B7:4 lz4-legacy:8; do try "${codec%:*} from the loader: and a block" peak ${codec%:*} $((${codec#*:} << 20)); done

# Each stream of a size that nobody told gets addresses for all of memory, and lets go of those that it did not use.
cat >"$W/streams.py" <<'EOT'
import gzip, sys
def entry(name, mode, data):
    out = b"070701" + b"".join(b"%08X" % f for f in (1, mode, 0, 0, 1, 0, len(data), 0, 0, 0, 0, len(name) + 1, 0)) + name + b"\0"
    return out + b"\0" * (-len(out) % 4) + data + b"\0" * (-len(data) % 4)
def archive(*what):
    return entry(*what) + entry(b"TRAILER!!!", 0, b"")
out = sys.stdout.buffer
out.write(archive(b"init", 0o100755, open(sys.argv[1], "rb").read()))
for i in range(2000):
    stream = gzip.compress(archive(b"file%d" % i, 0o100644, b"x" * (i % 3)), 1)
    out.write(stream + b"\0" * (-len(stream) % 4))
EOT
python3 "$W/streams.py" "$W/true" >"$W/streams"
try "2,000 compressed streams" "$MKIMAGE" run --timeout 60 -m 1024 --initrd "$W/streams" "$any"
try "2,000 compressed streams in 16 MiB" "$MKIMAGE" run --timeout 60 -m 16 --initrd "$W/streams" "$any"
done_testing
