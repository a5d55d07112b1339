#!/bin/sh
# tests/e2e/run.sh - mkimage run: how the machine's streams and its end become ours.
#
# At first $QEMU is a stand-in that speaks the machine's side of the channels, so that every end can be had at will; then
# the machine itself runs.
. "$(dirname "$0")/lib.sh"

cat >"$W/machine.py" <<'EOF'
#!/usr/bin/env python3
"""A machine: finds its ports among QEMU's arguments and does what the test wrote into $PLAY."""
import os, re, signal, socket, sys, time
ARGS = sys.argv[1:]
fd = {}
for i, a in enumerate(ARGS):
    if a == '-add-fd':
        n, port = re.match(r'fd=(\d+),set=(\d+)$', ARGS[i + 1]).groups()
        fd[{0xe9: 'log', 0xea: 'out', 0xeb: 'err', 0xec: 'status'}[int(port)]] = int(n)
    m = re.match(r'socket,id=in,fd=(\d+)$', a)
    if m: serial = socket.socket(fileno=int(m.group(1)))
def after(option): return ARGS[ARGS.index(option) + 1] if option in ARGS else None
def put(name, data):
    while data: data = data[os.write(fd[name], data):]
def frame():
    serial.sendall(b'?')
    def take(n):
        got = b''
        while len(got) < n:
            more = serial.recv(n - len(got))
            if not more: sys.exit(9)
            got += more
        return got
    return take(int.from_bytes(take(2), 'little'))
def end(line, status=33):
    put('status', line + b'\n')
    os._exit(status)
exec(os.environ['PLAY'])
EOF
chmod +x "$W/machine.py"
QEMU=$W/machine.py; export QEMU
run() { PLAY=$1; shift; export PLAY; "$MKIMAGE" run "$KERNEL" "$@"; }

# --- the program's status, and the ends that are not its own
ends() { # STATUS TEXT PLAY [OPTION...]
  want=$1 text=$2 play=$3; shift 3
  run "$play" --result "$W/result" "$@" >"$W/out" 2>"$W/err"; got=$?
  [ "$got" = "$want" ] || { echo "status $got, wanted $want"; cat "$W/err"; return 1; }
  if [ -n "$text" ]; then grep -qF -- "$text" "$W/err" || { echo "wanted: $text"; cat "$W/err"; return 1; }
  else [ ! -s "$W/err" ] || { echo "wanted silence, got:"; cat "$W/err"; return 1; }; fi
}
field() { python3 -c 'import json,sys; print(json.load(open(sys.argv[1]))[sys.argv[2]])' "$W/result" "$1"; }
result() { # FIELD VALUE
  [ "$(field "$1")" = "$2" ] || { echo "$1 is $(field "$1"), wanted $2"; return 1; }
}
for n in 0 1 2 33 70 127 128 255; do
  try "exit $n is our status, in silence" ends $n "" "end(b'exit $n')"
  try "and --result says so" eval 'result end exit && result status '$n
done
try "a signal becomes 128 + its number" ends 134 "the program was ended by signal 6" "end(b'signal 6', 35)"
try "and --result says so" eval 'result end signal && result status 134 && result signal 6'
try "a stopped boot is 71" ends 71 "stopped before the program: boot stopped in unpack: entry 'a'" \
  "put('log', b'boot: one\nboot: two\n'); end(b'stopped boot stopped in unpack: entry \'a\'', 37)"
try "and the end of the log is shown" grep -qxF "  | boot: two" "$W/err"
try "and --result has the text" eval 'result end stopped && result text "boot stopped in unpack: entry '"'a'"'"'
try "a panic is 70" ends 70 "the kernel panicked: page fault" "end(b'panic page fault', 39)"
try "and --result says so" eval 'result end panic && result status 70'
try "QEMU that dies without a word is 70, with what it said" ends 70 "no such device" \
  "sys.stderr.write('qemu: warning: nothing\nqemu: no such device\n'); sys.exit(1)"
try "QEMU that is killed is 70" ends 70 "QEMU was ended by signal 9" "os.kill(os.getpid(), 9)"
try "a status line that is none is 70 and shown" ends 70 "its status line: exit 999" "end(b'exit 999')"
try "a status line that is cut is 70" ends 70 "without a word" "put('status', b'exit 1'); os._exit(33)"
try "a timeout is 124" ends 124 "stopped after 1.000 s" "time.sleep(60)" --timeout 1
try "and --result says so" eval 'result end timeout && result status 124'
try "a status that came in time counts though QEMU lingers" ends 5 "" "put('status', b'exit 5\n'); os.close(fd['status']); time.sleep(60)"

# --- output
both() { # every byte value, in many pieces, on both streams, with a log in between
  run "
import random
data = bytes(range(256)) * 800
for name in ('out', 'err'):
    for i in range(0, len(data), 997): put(name, data[i:i+997]); put('log', b'noise\n')
end(b'exit 3')" >"$W/out" 2>"$W/err"
  [ $? = 3 ] && python3 -c 'open("'"$W/all"'","wb").write(bytes(range(256))*800)' && cmp "$W/all" "$W/out" && cmp "$W/all" "$W/err"
}
try "output and error are exact, byte for byte, and free of the log" both
joined() { # both to one place: in the order in which the machine wrote
  run "
for i in range(3000): put(('out', 'err')[i * 7 % 3 == 0], b'%d\n' % i)
end(b'exit 0')" >"$W/out" 2>&1 && seq 0 2999 | cmp - "$W/out"
}
try "2>&1 keeps the order of both streams" joined
slow() { run "put('out', b'x' * 1000000); end(b'exit 0')" | { sleep 1; wc -c; } >"$W/n"; [ "$(cat "$W/n")" = 1000000 ]; }
try "a slow reader loses nothing" slow
try "-v shows the log on standard error" says "boot: hello" run "put('log', b'boot: hello\n'); end(b'exit 0')" -v
# With -v on one terminal or file: boot lines, output, then what the log has behind it; whole lines all of them.
beside() { # WANTED PLAY
  wanted=$1; run "$2" -v >"$W/out" 2>&1; grep -v '^mkimage: starting' "$W/out" >"$W/got"
  printf "$wanted" | cmp - "$W/got" || { head -c 600 "$W/got"; return 1; }
}
try "the log does not cut into the program's lines" beside "boot: starts\n$(seq -s '\n' 12000)\nprogram: exit 0\n" "
put('log', b'boot: starts\n'); put('out', b''.join(b'%d\n' % i for i in range(1, 12001))); put('log', b'program: exit 0\n'); end(b'exit 0')"
try "a line of the log begins one" beside 'argu\nprogram: odd\nment\n' "
put('out', b'argu'); put('log', b'program: odd\n'); time.sleep(0.3); put('out', b'ment\n'); end(b'exit 0')"
try "so does our own word at the end" beside 'half\nmkimage: the kernel panicked: x\n' "put('out', b'half'); end(b'panic x')"
try "a log without an end of line is shown" beside 'boot: a\nboot: b\n' "put('log', b'boot: a\nboot: b'); end(b'exit 0')"
try "a log that is never behind comes whole" beside "$(seq -s '\n' 9000)\n" "put('log', b''.join(b'%d\n' % i for i in range(1, 9001))); end(b'exit 0')"
escaped() {
  run "put('log', b'a\\x1b[2Jb\n'); end(b'panic c\\x1bd')" "$@" >"$W/out" 2>&1
  grep -qF 'a\x1b[2Jb' "$W/out" && grep -qF 'c\x1bd' "$W/out" && ! grep -q "$(printf '\033')" "$W/out"
}
try "no control character of the log reaches the terminal" escaped
try "nor with -v" escaped -v
full() { run "put('out', b'x'); end(b'exit 0')" >/dev/full 2>"$W/err"; [ $? = 2 ] && grep -q 'standard output: cannot write: No space left' "$W/err"; }
try "a full disk behind standard output is an error" full
closed() { run "put('out', b'x'); end(b'exit 0')" >&- 2>"$W/err"; [ $? = 2 ] && grep -q 'standard output: cannot write' "$W/err"; }
try "so is a closed one that is written to" closed
unused() { run "end(b'exit 4')" >&- 2>&- <&-; [ $? = 4 ]; }
try "closed descriptors that nobody uses are none" unused
broken() { # the machine never ends by itself; the reader does
  { run "
while True: put('out', b'y\n' * 1000)" 2>"$W/err"; echo $? >"$W/rc"; } | head -n 1 >"$W/out"
  [ "$(cat "$W/out")" = y ] && [ "$(cat "$W/rc")" = 141 ]
}
try "a reader that has gone ends the machine, and us by SIGPIPE" broken

ignored() { # as above, but SIGPIPE is ignored: said, and status 2
  (trap '' PIPE; { run "
while True: put('out', b'y\n' * 1000)" 2>"$W/err"; echo $? >"$W/rc"; } | head -n 1 >"$W/out")
  [ "$(cat "$W/rc")" = 2 ] && grep -q 'Broken pipe' "$W/err"
}
try "or by status 2 where SIGPIPE is ignored" ignored

# --- input
ECHO="
while True:
    f = frame()
    if not f: break
    put('out', f)
end(b'exit 0')"
echoed() { head -c 300000 /dev/urandom >"$W/in"; run "$ECHO" <"$W/in" >"$W/out" && cmp "$W/in" "$W/out"; }
try "standard input arrives whole, with its end" echoed
piped() { { echo a; sleep 1; echo b; } | run "$ECHO" >"$W/out" && [ "$(cat "$W/out")" = "$(printf 'a\nb')" ]; }
try "from a pipe as it comes" piped
try "an empty input ends at once" eval 'run "$ECHO" </dev/null >"$W/out" && [ ! -s "$W/out" ]'
try "so does a closed one" eval 'run "$ECHO" <&- >"$W/out" 2>"$W/err" && [ ! -s "$W/out" ]'
left() { printf 'one\ntwo\n' | { run "end(b'exit 0')" && cat; } >"$W/out"; [ "$(cat "$W/out")" = "$(printf 'one\ntwo')" ]; }
try "what the program does not read is left to others" left

# --- signals
PIDS="
open('$W/pid','w').write(str(os.getpid()))
put('out', b'up\n')
time.sleep(60)"
gone() { # the stand-in with this pid has ended (zombies count)
  for i in 1 2 3 4 5 6 7 8 9 10; do
    case $(sed 's/.*) //' "/proc/$1/stat" 2>/dev/null) in ''|Z*) return 0;; esac
    sleep 0.2
  done
  echo "process $1 is still there"; return 1
}
up() { for i in $(seq 50); do [ -s "$W/out" ] && return 0; sleep 0.1; done; return 1; }
signalled() { # NAME STATUS
  : >"$W/out"
  PLAY=$PIDS; export PLAY
  "$MKIMAGE" run "$KERNEL" >"$W/out" 2>"$W/err" </dev/null & us=$!
  up && kill -s "$1" $us
  wait $us; got=$?
  [ $got = "$2" ] || { echo "status $got"; return 1; }
  gone "$(cat "$W/pid")"
}
try "SIGTERM ends the machine, then us" signalled TERM 143
interrupted() { PLAY=$PIDS; export PLAY; : >"$W/out"; "$MKIMAGE" run --result "$W/result" "$KERNEL" >"$W/out" </dev/null & us=$!; up && kill $us; wait $us; result end interrupted && result status 143; }
try "and --result says so" interrupted
try "so does SIGHUP" signalled HUP 129
try "QEMU does not outlive a killed mkimage" signalled KILL 137

# --- what is refused before anything starts
NEVER="open('$W/started','w'); end(b'exit 0')"
refused() { # STATUS TEXT ARG...
  want=$1 text=$2; shift 2
  rm -f "$W/started"
  PLAY=$NEVER; export PLAY
  "$MKIMAGE" run "$@" >"$W/said" 2>&1; got=$?
  [ "$got" = "$want" ] && grep -qF -- "$text" "$W/said" && [ ! -e "$W/started" ] || { echo "status $got"; cat "$W/said"; return 1; }
}
truncate -s 64M "$W/initrd"; : >"$W/empty"
long=$(head -c 4200 /dev/zero | tr '\0' a)
try "an image that is larger than -m" refused 4 "larger than the memory" -m 1 "$KERNEL"
try "an initrd that is larger than -m" refused 4 "the initrd is larger" -m 32 --initrd "$W/initrd" "$KERNEL"
try "an initrd over the kernel" refused 4 "lie over" -m 65 --initrd "$W/initrd" "$KERNEL"
try "with an -m that will do" refused 4 "at least -m 6" -m 64 --initrd "$W/initrd" "$KERNEL"
try "an empty initrd" refused 4 "empty" --initrd "$W/empty" "$KERNEL"
try "a boot line that would be cut" refused 4 "do not fit the boot line" "$KERNEL" -- "$long"
head -c 4000 "$KERNEL" >"$W/cut"
try "an image that is cut" refused 3 "cut: " "$W/cut"
try "what is no image" refused 3 "not an image" "$W/initrd"
try "an image that is not there" refused 2 "No such file" "$W/nothing"
try "an initrd that is not there" refused 2 "No such file" --initrd "$W/nothing" "$KERNEL"
try "an unknown board" refused 2 "microvm, q35 or pc" --machine vax "$KERNEL"
try "a timeout of nothing" refused 2 "--timeout" --timeout 0 "$KERNEL"
stale() { # what an earlier run left there does not stand for this one
  echo '{"end":"exit","status":0}' >"$W/result"; refused 4 "larger than the memory" -m 1 --result "$W/result" "$KERNEL" && result end refused && result status 4
}
try "--result says that nothing was booted" stale
missing() { QEMU=$W/no-such-qemu "$MKIMAGE" run "$KERNEL" >"$W/said" 2>&1; [ $? = 2 ] && grep -q 'install qemu-system-x86' "$W/said"; }
try "without QEMU it says what to install" missing

# --- what QEMU is given
given() { # TEXT PLAY-CONDITION ARG...
  condition=$1; shift
  run "end(b'exit 0' if ($condition) else b'exit 1')" "$@"
}
try "arguments are quoted" given "after('-append').endswith(' -- \"a b\" \"\\\\\"\" \"\" c')" -- 'a b' '"' '' c
try "no arguments and -- differ" given "'--' not in after('-append')"
try "-m is taken" given "after('-m') == '77M'" -m 77
try "the board is microvm" given "after('-M').startswith('microvm')"
try "or the one that is asked for" given "after('-M') == 'q35'" --machine q35
try "further words reach QEMU" given "after('-icount') == 'shift=0,sleep=off'" --qemu "-icount shift=0,sleep=off"
try "a QEMU without microvm gets q35" given "not after('-M').startswith('microvm') or (sys.stderr.write('unsupported machine type\n'), sys.exit(1))"
try "standard input is not QEMU's" eval 'echo x | given "os.read(0, 1) == b\"\""'
same() { printf old >"$W/result"; run "end(b'exit 0')" --result "$W/nodir/result" 2>"$W/err"; [ $? = 2 ] && [ "$(cat "$W/result")" = old ]; }
try "--result that cannot be written is an error" same
try "nothing is left beside it" eval '[ -z "$(ls -A "$W" | grep "^result.\|^\.mkimage")" ]'

# --- the machine itself, on each board
unset QEMU PLAY
cat >"$W/t.c" <<'EOF'
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
static int copy(void) {
  char b[5000];
  ssize_t n;
  while ((n = read(0, b, sizeof b)) > 0) write(1, b, (size_t)n);
  return n < 0 ? 99 : 0;
}
static int both(void) {
  for (int i = 0; i < 300; i++) for (int c = 0; c < 256; c++) putchar(c), putc(255 - c, stderr);
  return 0;
}
static int line(void) {
  char b[100];
  struct pollfd p = {0, POLLIN, 0};
  return poll(&p, 1, -1) == 1 && read(0, b, 4) == 4 && memcmp(b, "one\n", 4) == 0 ? 0 : 1;
}
int main(int n, char **args) {
  if (n < 2) return copy();
  if (strcmp(args[1], "exit") == 0) return atoi(args[2]);
  if (strcmp(args[1], "abort") == 0) abort();
  if (strcmp(args[1], "segv") == 0) *(volatile int *)8 = 1;
  if (strcmp(args[1], "spin") == 0) for (;;) {}
  if (strcmp(args[1], "both") == 0) return both();
  if (strcmp(args[1], "line") == 0) return line();
  for (int i = 1; i < n; i++) printf("[%s]", args[i]);
  return 0;
}
EOF
mkdir -p "$W/t/bin" && musl-gcc -static -O2 "$W/t.c" -o "$W/t/bin/t"
try "a program for it is packed" pack t "$W/t" /bin/t
here() { timeout 60 "$MKIMAGE" run --machine "$board" "$image" "$@"; }
input() { head -c 100000 /dev/urandom >"$W/in"; here <"$W/in" >"$W/out" && cmp "$W/in" "$W/out"; }
streams() {
  here -- both >"$W/out" 2>"$W/err" </dev/null || return 1
  python3 -c 'import sys; a,b=(open(f,"rb").read() for f in sys.argv[1:]); assert a==bytes(range(256))*300 and b==bytes(range(255,-1,-1))*300' "$W/out" "$W/err"
}
words() { [ "$(here -- w 'a b' '' 'q"\q' "$(printf 'n\nl')" </dev/null)" = "$(printf '[w][a b][][q"\\q][n\nl]')" ]; }
one() { { printf 'one\n'; sleep 2; } | here -- line; }
rest() { seq 5000 >"$W/in"; { here -- exit 0 && cat; } <"$W/in" >"$W/out"; cmp "$W/in" "$W/out"; }
for board in microvm q35 pc; do
  for n in 0 1 33 70 128 255; do try "$board: exit $n" status $n here -- exit $n; done
  try "$board: input with its end" input
  try "$board: input as it comes" one
  try "$board: input that is not read stays" rest
  try "$board: both streams, every byte" streams
  try "$board: arguments" words
  try "$board: abort" eval 'here -- abort </dev/null 2>"$W/err"; [ $? = 134 ] && grep -q "signal 6" "$W/err"'
  try "$board: a bad pointer" status 139 here -- segv
  try "$board: a timeout" status 124 here --timeout 3 -- spin
done
longest=$(python3 -c 'print("a" * 4000)')
long() { [ "$(here -- "$longest" </dev/null)" = "[$longest]" ]; }
for board in microvm q35 pc; do try "$board: a boot line of more than 4000 bytes is not cut" long; done
done_testing
