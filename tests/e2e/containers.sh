# A rootfs from a container image: OCI layouts, docker save archives, layers over each other, what they run; nothing leads out.
. "$(dirname "$0")/lib.sh"
cat >"$W/p.c" <<'EOT'
#include <stdio.h>
#include <unistd.h>
int main(int argc, char **argv, char **env) {
  char cwd[4096];
  for (int i = 0; i < argc; i++) printf("arg %s\n", argv[i]);
  while (*env) printf("env %s\n", *env++);
  printf("cwd %s\n", getcwd(cwd, sizeof cwd));
}
EOT
compiles "$W/p" "$W/p.c"
mkdir "$W/b" "$W/o"
python3 "$TOP/tests/e2e/boxes.py" "$W/b" "$W/p" || exit 1
echo 'name = "c";' >"$W/c.cfg"
made=$W/o/c-kvm-x86_64.elf
from() { rm -f "$made"; "$MKIMAGE" -q -o "$W/o" "${cfg:-$W/c.cfg}" "$@"; }

# --- layers ---
cat >"$W/list" <<'EOT'
drwxr-xr-x bin
-rwxr-xr-x bin/p
-rw------- dir third
drwxr-xr-x file
-rw-r--r-- file/in in
drwxr-xr-x gone
-rw-r--r-- gone/new new
-rw-r--r-- kept kept
lrwxr-xr-x lib -> usr/lib
drwx------ opaque
-rw-r--r-- opaque/high high
-rw-r--r-- three linked
crwxr-xr-x tty 5:1
drwxr-xr-x turn
-rw-r--r-- turn/in in
-rw-r--r-- two linked
drwxr-xr-x usr
drwxr-xr-x usr/lib
lrwxr-xr-x usr/lib/abs -> /bin/p
-rw-r--r-- usr/lib/new new
EOT
cat >"$W/listing.py" <<'EOT'
import json, stat, subprocess, sys
kind = {"file": stat.S_IFREG, "dir": stat.S_IFDIR, "symlink": stat.S_IFLNK, "chr": stat.S_IFCHR}
for e in map(json.loads, sys.stdin):
    if e["path"] == ".": continue
    more = ""
    if e["type"] == "file" and e["size"] < 100: more = " " + subprocess.run([sys.argv[1], "cat", sys.argv[2], e["path"]], stdout=subprocess.PIPE, text=True).stdout
    if e["type"] == "symlink": more = " -> " + e["target"]
    if e["type"] == "chr": more = " %d:%d" % (e["major"], e["minor"])
    print(stat.filemode(kind[e["type"]] | e["mode"]) + " " + e["path"] + more)
EOT
listing() { "$MKIMAGE" ls --json "$1" | python3 "$W/listing.py" "$MKIMAGE" "$1"; } # mode, name, and the content of what is small
right() { from "$@" && listing "$made" >"$W/listing" && diff "$W/list" "$W/listing"; }
linked() { "$MKIMAGE" ls -l "$made" two | grep -q ' 2  *0  *0 ' && "$MKIMAGE" ls -l "$made" three | grep -q ' 2  *0  *0 '; }
try "a layout: gzip, zstd and plain layers, whiteouts, links" right "$W/b/one"
try "hard links go across layers" linked
cp "$made" "$W/first.elf"
for box in two-names many no-platform both; do try "$box: the same" eval 'from "$W/b/$box" && cmp "$W/first.elf" "$made"'; done
for box in docker docker-gz; do try "$box.tar: the same" eval 'from "$W/b/$box.tar" && cmp "$W/first.elf" "$made"'; done
tar -C "$W/b/many" -cf "$W/many.tar" .
(cd "$W/b/many" && zip -qr0 "$W/many.zip" .)
mkdir "$W/b/unpacked" && tar -C "$W/b/unpacked" -xf "$W/b/docker.tar"
streamed() { from - <"$1" && cmp "$W/first.elf" "$made" && gzip -c "$1" | from - && cmp "$W/first.elf" "$made"; }
try "a layout in a tar" streamed "$W/many.tar"
try "a layout in a zip" streamed "$W/many.zip"
try "docker save | mkimage" streamed "$W/b/docker.tar"
try "what docker save wrote, unpacked" eval 'from "$W/b/unpacked" && cmp "$W/first.elf" "$made"'
try "verify against the layout" "$MKIMAGE" verify "$W/first.elf" "$W/b/many"
try "swap to one, and back" eval 'cp "$W/first.elf" "$W/s.elf" && "$MKIMAGE" -q swap "$W/s.elf" "$W/b/inside" && "$MKIMAGE" -q swap "$W/s.elf" "$W/b/docker.tar" && "$MKIMAGE" verify "$W/s.elf" "$W/b/one"'
try "diff and hash look at the layers" eval '"$MKIMAGE" diff "$W/first.elf" "$W/b/many" && [ "$("$MKIMAGE" hash --no-owner "$W/first.elf" "$W/b/many" "$W/b/docker.tar" "$W/many.tar" | cut -d " " -f 1 | sort -u | wc -l)" = 1 ]'
no_box() { printf 'name = "c"; program = { path = "/bin/p"; };' >"$W/p.cfg" && cfg=$W/p.cfg from "$W/b/no-box" && "$MKIMAGE" cat "$made" manifest.json | cmp - "$W/b/no-box/manifest.json"; }
try "a manifest.json in a rootfs is a file as any other" no_box
out_of() { from "$W/b/inside" && "$MKIMAGE" cat "$made" var/x | grep -qx x && "$MKIMAGE" cat "$made" tmp/y | grep -qx y && "$MKIMAGE" cat "$made" usr/lib/z | grep -qx z; }
try "writing through links stays inside" out_of
excluded() { printf 'name = "c"; rootfs = { exclude = [ "opaque", "blobs", "index.json" ]; files = ( { path = "/kept"; content = "mine"; } ); };' >"$W/e.cfg" && cfg=$W/e.cfg from "$W/b/one" && ! "$MKIMAGE" cat "$made" opaque/high && "$MKIMAGE" cat "$made" kept | grep -qx mine; }
try "exclude and files are about what is in the layers" excluded

depends() { "$MKIMAGE" -q --depfile "$W/d" -o "$W/o" "$W/c.cfg" "$W/b/one" && grep -qF "$W/b/one/index.json" "$W/d" && ! grep -q "kept" "$W/d"; }
try "--depfile names the layout's table" depends

# --- what it runs ---
runs() { # TEXT EXPECTED: app.cfg with TEXT boots to EXPECTED
  echo "name = \"c\"; $1" >"$W/r.cfg"; printf '%s\n' "$2" | tr ';' '\n' >"$W/expected"
  cfg=$W/r.cfg from "$W/b/one" && timeout 60 "$MKIMAGE" run "$made" </dev/null >"$W/ran" 2>"$W/err" && diff "$W/expected" "$W/ran"
}
path="env PATH=/usr/bin:/bin"
try "entrypoint, command, environment, working directory" runs "" "arg p;arg fixed;arg one;arg two words;$path;env A=image;env B=image;cwd /usr"
try "args take the command's place" runs 'program = { args = [ "mine" ]; };' "arg p;arg fixed;arg mine;$path;env A=image;env B=image;cwd /usr"
try "each variable of env wins, and cwd" runs 'program = { env = [ "B=mine", "C=mine" ]; cwd = "/bin"; };' "arg p;arg fixed;arg one;arg two words;$path;env A=image;env B=mine;env C=mine;cwd /bin"
try "with a path of its own nothing of theirs is an argument" runs 'program = { path = "/usr/lib/abs"; cwd = "/"; };' "arg /usr/lib/abs;$path;env A=image;env B=image;cwd /"
again() { printf 'name = "c";' >"$W/n.cfg" && cp "$W/first.elf" "$W/other.elf" && cfg=$W/n.cfg from "$W/other.elf" && "$MKIMAGE" info "$made" >"$W/i1" && "$MKIMAGE" info "$W/first.elf" | diff -I '^file' - "$W/i1"; }
try "another image says what it runs, too" again
printf 'name = "c"; program = { args = [ "x" ]; };' >"$W/x.cfg"
missing() { mkdir -p "$W/plain" && cfg=$W/x.cfg status 2 from "$W/plain" && cfg=$W/x.cfg says "x.cfg:1: the setting program is missing" from "$W/plain"; }
try "nobody says what to run" missing

# --- refused: each with its sentence, and nothing is written ---
while IFS='	' read -r name want_status text; do
  try "$name: $text" eval 'status "$want_status" from "$W/b/$name" && says "$text" from "$W/b/$name" && [ ! -e "$made" ]'
done <"$W/b/bad"
try "an archive that is cut" eval 'head -c 60000 "$W/b/docker.tar" >"$W/cut.tar"; status 3 from "$W/cut.tar"'
try "nothing came out" test ! -e "$W/evil" -a ! -e "$W/b/evil" -a ! -e /evil

# --- as others make them ---
others() {
  cd "$W" && umoci init --layout lay && umoci new --image lay:one && umoci unpack --rootless --image lay:one u1 || return 1
  mkdir -p u1/rootfs/bin u1/rootfs/d && cp p u1/rootfs/bin/p && echo a >u1/rootfs/d/a && echo b >u1/rootfs/d/b && umoci repack --image lay:one u1 && rm -rf u1 || return 1
  umoci unpack --rootless --image lay:one u1 && rm u1/rootfs/d/a && echo c >u1/rootfs/d/c && umoci repack --image lay:one u1 || return 1
  umoci config --image lay:one --config.entrypoint p --config.cmd x --config.env A=b --config.workingdir /d --config.user 7 || return 1
  says "lay: its user '7' is not taken" "$MKIMAGE" -o "$W/o" "$W/c.cfg" lay && "$MKIMAGE" ls "$made" >"$W/names" && printf '%s\n' . bin bin/p d d/b d/c | diff - "$W/names" &&
    timeout 60 "$MKIMAGE" run "$made" </dev/null >"$W/ran" 2>"$W/err" && printf 'arg p\narg x\nenv A=b\ncwd /d\n' | diff - "$W/ran"
}
if command -v umoci >/dev/null; then try "what umoci makes boots" others; else skip "what umoci makes boots" "no umoci"; fi
done_testing
