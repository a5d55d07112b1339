# What the README shows works as shown, and the files that the documents name are there.
. "$(dirname "$0")/lib.sh"
cd "$W" || exit 1
PATH=$B:$PATH
mkdir -p rootfs/bin other/bin
cp -R "$TOP/examples/hello/rootfs/." rootfs; cp -R rootfs/. other; echo other >other/etc/motd
gcc -O2 -static "$TOP/examples/hello/hello.c" -o rootfs/bin/hello; cp rootfs/bin/hello other/bin/
(cd other && find . | cpio --quiet -o -H newc) | gzip >any.cpio.gz

sed -n '/^    name = /,/^    };/s/^    //p' "$TOP/README.md" >app.cfg
try "the README has an app.cfg" grep -q platforms app.cfg
sed -n 's/^    \(mkimage .*\)/\1/p' "$TOP/README.md" | sed 's/ *#.*//' >commands
try "and commands" test "$(wc -l <commands)" -ge 7
while read -r command; do try "$command" sh -c "$command"; done <commands
try "the last boot showed the other archive" says "other" sh -c "$(tail -n 1 commands)"
by_hand() {
  line=$(sed -n 's/.*`\(qemu-system-x86_64 [^`]*\)`.*/\1/p' "$TOP/README.md")
  says "other" timeout 60 sh -c "$line </dev/null"
}
try "without the tool" by_hand

example() { MAKEFLAGS= make -C "$TOP" example >"$W/example.out" 2>&1; }
try "make run's example" example
try "says hello" grep -q "Hello from a machine" "$W/example.out"
try "make help lists the targets" says "make bench" make -C "$TOP" help

try "the recording shows what the tool says today" "$TOP/docs/first-minute" --check "$B"

named() { # every `path/file.x` in a document, and every link
  bad=0
  for file in $(grep -o '`[a-z_0-9./]*/[a-z_0-9./]*\.[a-z]*`' "$1" | tr -d '`' | grep -v '^build/\|^/\|^rootfs/' | sort -u) \
    $(grep -o '](\([^)#:]*\))' "$1" | sed 's/](//; s/)//' | sort -u); do
    [ -e "$TOP/$file" ] || [ -e "$(dirname "$1")/$file" ] || { echo "$file"; bad=1; }
  done
  return $bad
}
for page in README.md docs/tour.md docs/design.md docs/porting.md docs/benchmarks.md docs/format.md; do
  try "$page names files that are there" named "$TOP/$page"
done
done_testing
