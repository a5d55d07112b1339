#!/bin/sh
# tests/e2e/test.sh - mkimage test: assertions of app.cfg on the tree and on boots, as TAP, JSON and JUnit; and that each
# of them can fail.
. "$(dirname "$0")/lib.sh"
umask 022
export LC_ALL=C

root=$W/root
mkdir -p "$root/bin" "$root/etc" "$root/empty"
cp /bin/busybox "$root/bin/busybox"; chmod 4755 "$root/bin/busybox"
printf 'one\ntwo\nthree\n' >"$root/etc/conf"; printf 'a\0b\n' >"$root/etc/nul"; ln -s etc/conf "$root/link"; ln -s nowhere "$root/dangling"
sum=$(sha256sum <"$root/etc/conf" | cut -d ' ' -f 1)
rules='rootfs = { files = ( { path = "/dev/null"; device = "c 1 3"; mode = "0666"; }, { path = "etc/conf"; owner = "7:8"; } ); };'

# tests TEXT: app.cfg with these tests, beside one image of it; the options of mkimage test follow
tests() { { printf 'name = "t"; program = { path = "/bin/busybox"; args = [ "echo", "hello" ]; };\n%s\ntests = (\n' "$rules"; cat; printf ');\n'; } >"$W/t.cfg"; }
tests <<'EOF'
{ path = "/"; type = "dir"; }
EOF
"$MKIMAGE" -q -o "$W" "$W/t.cfg" "$root" || exit 1
elf=$W/t-kvm-x86_64.elf

# --- the tree: all of it holds
tests <<EOF
{ path = "/etc/conf"; },
{ path = "etc/conf"; exists = true; type = "file"; mode = "0644"; owner = "7:8"; },
{ path = "/etc/conf"; equals = "one\\ntwo\\nthree\\n"; matches = "^t(wo|en)\$"; sha256 = "$sum"; },
{ name = "through a symlink"; path = "/link"; type = "file"; matches = "one"; },
{ name = "the symlink itself"; path = "/link"; type = "symlink"; target = "etc/conf"; },
{ name = "even one that leads nowhere"; path = "dangling"; },
{ path = "/bin/busybox"; mode = "4755"; owner = "0:0"; },
{ path = "/dev/null"; type = "chr"; mode = "0666"; },
{ path = "/empty"; type = "dir"; },
{ path = "/gone"; absent = true; },
{ path = "/etc/conf/below"; exists = false; },
{ path = "etc/nul"; matches = "b\$"; }
EOF
all_ok() { "$MKIMAGE" test -C "$W" "$W/t.cfg" >"$W/out" 2>"$W/err" && [ "$(head -n 2 "$W/out")" = "$(printf 'TAP version 14\n1..12')" ] && [ "$(grep -c '^ok ' "$W/out")" = 12 ] && [ "$(wc -l <"$W/out")" = 14 ] && [ ! -s "$W/err" ] || { cat "$W/out" "$W/err"; return 1; }; }
try "what holds is ok" all_ok
try "an image may be named" eval '"$MKIMAGE" test "$W/t.cfg" "$elf" | grep -c "^ok" | grep -qx 12'
(cd "$root" && find . | sort | cpio -o -H newc -R 0:0 2>/dev/null) >"$W/r.cpio"
try "the current directory is where images lie" eval 'cd "$W" && "$MKIMAGE" test t.cfg | grep -c "^ok" | grep -qx 12'

# --- each assertion fails where it should, and says what it found
fails() { # WHAT FOUND TEST
  printf '%s\n' "$3" | tests
  "$MKIMAGE" test -C "$W" "$W/t.cfg" >"$W/out" 2>"$W/err"; got=$?
  [ $got = 1 ] && grep -q '^not ok 1 - ' "$W/out" && python3 -c '
import json, sys
lines = open(sys.argv[1]).read().split("\n"); faults = [json.loads(l[6:]) for l in lines if l.startswith("    - ")]
assert len(faults) == 1 and faults[0]["what"] == sys.argv[2] and sys.argv[3] in faults[0]["found"], faults
assert lines[3] == "  ---" and "  ..." in lines' "$W/out" "$1" "$2" || { echo "status $got"; cat "$W/out" "$W/err"; return 1; }
}
try "not there" fails path "no such file" '{ path = "/gone"; }'
try "there after all" fails path file '{ path = "/etc/conf"; absent = true; }'
try "exists = false of what is there" fails path dir '{ path = "/empty"; exists = false; }'
try "a mode" fails mode 0644 '{ path = "/etc/conf"; mode = "0600"; }'
try "an owner" fails owner 7:8 '{ path = "/etc/conf"; owner = "0:0"; }'
try "a type" fails type dir '{ path = "/empty"; type = "file"; }'
try "content" fails equals three '{ path = "/etc/conf"; equals = "one\ntwo\n"; }'
try "a pattern" fails matches one '{ path = "/etc/conf"; matches = "^four$"; }'
try "a pattern is of whole lines" fails matches one '{ path = "/etc/conf"; matches = "one.*two"; }'
try "a digest" fails sha256 "$sum" '{ path = "/etc/conf"; sha256 = "'"$(printf '%064d' 0)"'"; }'
try "a target" fails target etc/conf '{ path = "/link"; target = "etc/other"; }'
try "a target of what is no symlink" fails target "not a symlink" '{ path = "/etc/conf"; target = "x"; }'
try "content of a directory" fails content dir '{ path = "/empty"; equals = ""; }'
try "the mode of a symlink that leads nowhere" fails path "no such file" '{ path = "/dangling"; mode = "0777"; }'

# --- what is wrong with the list is said with its line
wrong() { printf 'name = "t"; program = { path = "/p"; };\ntests = (\n{ path = "/a"; },\n%s\n);\n' "$2" >"$W/wrong.cfg"; "$MKIMAGE" test "$W/wrong.cfg" >"$W/out" 2>"$W/err"; got=$?
  [ $got = 2 ] && [ "$(cat "$W/err")" = "$W/wrong.cfg:4: $1" ] && [ ! -s "$W/out" ] || { echo "status $got"; cat "$W/out" "$W/err"; return 1; }; }
try "an empty test" wrong "a test needs a path, or what is to come of a boot (args, expect, status ...)" '{ }'
try "of a boot and of the tree" wrong "status is said of a boot, and a test with a path of what is in the tree" '{ path = "/a"; status = 1; }'
try "a mode of nothing" wrong "mode needs a path" '{ mode = "0644"; expect = "x"; }'
try "absent and more" wrong "what is absent has no other attributes" '{ path = "/a"; absent = true; mode = "0644"; }'
try "both words for one thing" wrong "exists and absent say the same; one of them is enough" '{ path = "/a"; exists = true; absent = false; }'
try "an unknown setting" wrong "unknown setting 'expects' in an entry of tests; is 'expect' meant?" '{ expects = "x"; }'
try "a broken pattern" wrong "matches is no extended regular expression: Unmatched ( or \\(" '{ path = "/a"; matches = "("; }'
try "half a digest" wrong "sha256 must have 64 hexadecimal digits, as sha256sum(1) prints them" '{ path = "/a"; sha256 = "abc"; }'
try "a status that cannot be" wrong "status is 256; it must be from 0 to 255" '{ status = 256; }'
try "nothing expected" wrong "expect is empty" '{ expect = [ "" ]; }'
try "a way out" wrong 'path "../x": not allowed (".." leads out of the tree)' '{ path = "../x"; }'
try "no list" eval 'printf "name = \"t\"; program = { path = \"/p\"; }; tests = { };" >"$W/wrong.cfg"; says "tests must be a list of groups" "$MKIMAGE" test "$W/wrong.cfg"'
try "packing says it, too" eval '! "$MKIMAGE" -q -o "$W" "$W/wrong.cfg" "$root" 2>"$W/err" && grep -q "tests must be a list" "$W/err"'
try "no tests at all" eval 'printf "name = \"t\"; program = { path = \"/p\"; };" >"$W/none.cfg"; says "there are no tests in it" status 2 "$MKIMAGE" test "$W/none.cfg"'

# --- a directory is packed for the tests alone
mkdir "$W/tmp"
rootfs() { printf '{ path = "/etc/conf"; owner = "7:8"; }, { path = "/dev/null"; type = "chr"; }\n' | tests; cd "$W/empty" 2>/dev/null || { mkdir "$W/empty"; cd "$W/empty"; }
  TMPDIR=$W/tmp "$MKIMAGE" test "$W/t.cfg" "$root" >"$W/out" 2>"$W/err" && [ "$(grep -c '^ok ' "$W/out")" = 2 ] && [ ! -s "$W/err" ] && [ -z "$(ls "$W/tmp" "$W/empty" | grep -v :)" ] || { cat "$W/out" "$W/err"; ls "$W/tmp"; return 1; }; }
try "a rootfs" rootfs
try "one that cannot be packed" eval 'mkdir "$W/bare" && TMPDIR=$W/tmp says "etc/conf" status 2 "$MKIMAGE" test "$W/t.cfg" "$W/bare" && [ -z "$(ls "$W/tmp")" ]'

# --- trouble is no failed test
printf '{ path = "/"; }\n' | tests
try "no image" eval 'says "cannot open" status 2 "$MKIMAGE" test "$W/t.cfg" "$W/nothing.elf"'
head -c $(($(stat -c %s "$elf") - 9000)) "$elf" >"$W/cut.elf"
try "a damaged image" eval 'status 3 "$MKIMAGE" test "$W/t.cfg" "$W/cut.elf" >"$W/out" 2>"$W/err" && grep -q "^Bail out!" "$W/out"'
try "standard input" status 2 "$MKIMAGE" test "$W/t.cfg" -

# --- boots
if ! command -v "${QEMU:-qemu-system-x86_64}" >/dev/null; then skip "boots" "no QEMU"; done_testing; exit 0; fi
tests <<'EOF'
{ name = "what app.cfg says"; equals = "hello\n"; },
{ args = [ "echo", "two words", "x" ]; expect = [ "two", "words", "x" ]; matches = "^two words x$"; },
{ name = "a status, and standard error"; args = [ "cat", "/gone" ]; status = 1; stderr = "No such file"; equals = ""; },
{ name = "standard input"; args = [ "cat" ]; stdin = "some\ninput\n"; equals = "some\ninput\n"; },
{ name = "no input is its end"; args = [ "cat" ]; equals = ""; },
{ name = "too long"; args = [ "sleep", "1000" ]; timeout = 2; status = 124; stderr = "--timeout"; }
EOF
boots() { "$MKIMAGE" test -C "$W" --junit "$W/good.xml" "$W/t.cfg" >"$W/out" 2>"$W/err" && [ "$(grep -c '^ok ' "$W/out")" = 6 ] || { cat "$W/out" "$W/err"; return 1; }; }
try "boots" boots
try "a test without a name is called by its arguments" grep -qx 'ok 2 - boot echo two words x' "$W/out"
tests <<'EOF'
{ name = "wrong <&\"'> # one\t\x01"; args = [ "printf", "\\001<&\\377\\n" ]; equals = "x"; expect = [ "&", "<" ]; },
{ name = "another status"; args = [ "cat", "/gone" ]; },
{ path = "/etc/conf"; },
{ name = "never ends"; args = [ "yes" ]; status = 2; stderr = "File too large"; }
EOF
bad() { # everything that fails, in TAP, JUnit and JSON at once
  "$MKIMAGE" test -C "$W" --junit "$W/bad.xml" "$W/t.cfg" >"$W/out" 2>"$W/err"; got=$?
  [ $got = 1 ] && [ "$(grep -c "^not ok " "$W/out")" = 2 ] && grep -qF "not ok 1 - wrong <&\"'> \\# one" "$W/out" && grep -q '"what":"standard error".*No such file' "$W/out" || { echo "status $got"; cat "$W/out" "$W/err"; return 1; }
}
try "boots that go wrong, names with everything in them" bad
junit() { python3 - "$W/good.xml" "$W/bad.xml" <<'EOF'
import sys, xml.etree.ElementTree as E
good, bad = [E.parse(f).getroot()[0] for f in sys.argv[1:]]
assert good.attrib["tests"] == "6" and good.attrib["failures"] == "0", good.attrib
assert bad.attrib["tests"] == "4" and bad.attrib["failures"] == "2", bad.attrib
first = bad[0]
assert first.attrib["name"].startswith("wrong <&\"'> # one\\t\\x01"), first.attrib
text = "".join(f.text for f in first)
assert "\\x01<&\\xff" in text and "equals" in text and "expect" in text, text
assert len(bad[1]) == 2 and len(bad[2]) == 0, [len(c) for c in bad]
EOF
}
try "JUnit's file is well-formed XML" junit
json() { "$MKIMAGE" test --json --no-boot -C "$W" "$W/t.cfg" >"$W/out" && python3 -c '
import json, sys
rows = [json.loads(l) for l in open(sys.argv[1])]
assert [r["result"] for r in rows[:-1]] == ["skipped", "skipped", "passed", "skipped"] and rows[0]["reason"] == "--no-boot", rows
assert rows[-1] == {"passed": 1, "failed": 0, "skipped": 3}, rows[-1]' "$W/out"; }
try "--json, --no-boot" json
try "an archive does not boot" eval '"$MKIMAGE" test "$W/t.cfg" "$W/r.cpio" | grep -c "# SKIP an archive does not boot" | grep -qx 3'
try "no QEMU is a failed test, not a skipped one" eval 'QEMU=/nonexistent "$MKIMAGE" test -C "$W" "$W/t.cfg" >"$W/out"; [ $? = 1 ] && grep -q "install qemu" "$W/out"'
try "a place where JUnit's file cannot be written" status 2 "$MKIMAGE" test --no-boot --junit "$W/none/x.xml" -C "$W" "$W/t.cfg"
sed 's/^name = "t";/name = "t"; platforms = [ "kvm-x86_64", "other" ];/' "$W/t.cfg" >"$W/two.cfg"; cp "$elf" "$W/t-other.elf"
try "several platforms" eval '"$MKIMAGE" test --no-boot -C "$W" "$W/two.cfg" >"$W/out" && grep -qx "1..8" "$W/out" && grep -qx "ok 7 - etc/conf (other)" "$W/out"'
interrupted() { # in the middle of a boot: nothing stays, and it ends by the signal
  printf '{ args = [ "sleep", "100" ]; timeout = 100; }, { path = "/"; }\n' | tests
  TMPDIR=$W/tmp "$MKIMAGE" test "$W/t.cfg" "$root" >"$W/out" 2>"$W/err" & pid=$!
  for i in $(seq 100); do pgrep -P $pid >/dev/null && [ "$(ls "$W"/tmp/*/*.elf 2>/dev/null | wc -l)" = 1 ] && break; sleep 0.1; done
  sleep 0.5; kill $pid; for child in $(pgrep -P $pid); do kill $child; done; wait $pid; [ $? = 143 ] && [ -z "$(ls "$W/tmp")" ] && ! grep -q '^ok' "$W/out" || { cat "$W/out" "$W/err"; ls "$W/tmp"; return 1; }
}
try "interrupted, it leaves nothing behind" interrupted
done_testing
