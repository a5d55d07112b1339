# How the tool behaves towards its user: a first start, completion, and calls meant for U-Boot's tool of the same name.
. "$(dirname "$0")/lib.sh"
cd "$W" || exit 1
PATH=$B:$PATH

# --- init -----------------------------------------------------------------------------
first() (mkimage init first && cd first && mkimage app.cfg rootfs/ && says "argument 2: two words" mkimage run hello-kvm-x86_64.elf)
try "init, pack, run: a machine without a compiler" first
try "and its tests pass" sh -c 'cd first && mkimage test app.cfg | grep -c "^ok " | grep -qx 3'
try "what init wrote is the example" cmp first/app.cfg "$TOP/examples/hello/app.cfg"
rebuilt() { compiles first/rootfs/bin/hello first/hello.c && mkimage -q -o "$W" first/app.cfg first/rootfs; }
try "hello.c is what the program was made of" rebuilt
try "init does not touch what is there" says "app.cfg is there already" sh -c 'mkdir mine; echo mine >mine/app.cfg; mkimage init mine'
try "and writes nothing then" test "$(find mine | wc -l)" = 2
try "its status" status 2 mkimage init mine
try "init where nothing can be written" says "cannot make it" mkimage init /proc/taproot
try "init here" sh -c 'mkdir here && cd here && mkimage init && mkimage -q app.cfg rootfs'

# --- make -----------------------------------------------------------------------------
mkdir made && cp -R first/rootfs made/rootfs && cp first/app.cfg made/ && echo odd >'made/rootfs/a b$c#d:e%f\g'
sed -i 's|files = (.*|&\n { path = "/from"; source = "source.txt"; },|' made/app.cfg && echo one >made/source.txt
cat >made/Makefile <<'EOT'
hello-kvm-x86_64.elf: app.cfg
	mkimage -q --depfile image.d app.cfg rootfs && echo packed
-include image.d
EOT
makes() { want=$1; shift; "$@"; got=$(MAKEFLAGS= make -s -C made 2>&1); [ "$got" = "$want" ] || { echo "wanted '$want', got '$got'"; cat made/image.d; return 1; }; }
later() { sleep 0.02; "$@"; }
try "make packs with --depfile" makes "" sh -c 'MAKEFLAGS= make -C made >/dev/null'
try "a file that changes" makes packed later sh -c 'echo new >made/rootfs/etc/motd'
try "one whose name make finds special" makes packed later touch 'made/rootfs/a b$c#d:e%f\g'
try "a file that comes" makes packed later touch made/rootfs/new
try "a file that goes" makes packed later rm made/rootfs/new
try "a source of files" makes packed later touch made/source.txt
try "nothing" makes "" true
try "a name that no rule can hold" status 4 sh -c 'mkdir line; touch "line/a
b"; cp -R first/rootfs/. line; mkimage -q --depfile line.d first/app.cfg line'

# --- what is told at the end ----------------------------------------------------------------
image=first/hello-kvm-x86_64.elf
lines() { # REGULAR EXPRESSION for each line of standard output, in their order
  printf '%s\n' "$@" >wanted; shift $#
  [ "$(wc -l <told)" = "$(wc -l <wanted)" ] && paste -d '\n' told wanted | while read -r got && read -r want; do
    printf '%s\n' "$got" | grep -qxE -- "$want" || { echo "wanted: $want"; echo "got: $got"; exit 1; }
  done
}
three() { # NAME
  lines "$1: [0-9]+ entries, [0-9.]+ (bytes|KiB) -> [0-9.]+ (bytes|KiB) \(newc, lz4, [0-9.]+ : 1\), image [0-9.]+ KiB, [0-9.]+ s" \
    "boots in [0-9]+ MiB or more; app.cfg gives 32 MiB" "next: mkimage run $1"
}
mkdir more && echo more >more/file
told() { "$@" >told && three "${told_of:-$image}"; }
try "three lines after a build" sh -c 'cd first && mkimage app.cfg rootfs >../told'
told_of=hello-kvm-x86_64.elf; try "what they say" three "$told_of"
told_of=$image
try "after swap" told mkimage swap "$image" first/rootfs
try "after cp" told mkimage cp more/file "$image:/etc/file"
try "after rm" told mkimage rm "$image:/etc/file"
cp "$image" linked.elf && ln -s linked.elf link.elf && told_of=link.elf
try "after append, by the name that was written" told mkimage append link.elf more
needs() { mkimage info --json "$1" | python3 -c 'import json, sys; print(json.load(sys.stdin)["needs"])'; }
near() { # BYTES: what was told is an estimate, and no more than 2 % away
  python3 -c 'import json, sys
o, n = json.load(open("told")), int(sys.argv[1]); sys.exit(0 if not o["needs_exact"] and abs(o["needs"] - n) < n / 50 else f"{n}: {o}")' "$1"
}
agree() { mkimage swap "$image" first/rootfs >told && grep -q "^boots in $((($(needs "$image") + 1048575) / 1048576)) MiB or more" told; }
try "info measures what was told" agree
cp -R first/rootfs large && head -c 10000000 /dev/urandom >large/random
for codec in none lz4 gzip zstd; do
  sed "s/rootfs = {/& compress = \"$codec\";/" first/app.cfg >first/$codec.cfg
  guess() { mkimage --json -o . first/$codec.cfg large >told && near "$(needs hello-kvm-x86_64.elf)"; }
  try "of a larger one it says about as much: $codec" guess
done
sed 's/memory = "32M"/memory = "1M"/' first/app.cfg >first/low.cfg
try "memory that cannot do" says "cannot hold this image" status 4 mkimage -o . first/low.cfg first/rootfs
little() { n=$(needs "$image"); sed "s/memory = \"32M\"/memory = \"$(((n - 1) / 4096 * 4))K\"/" first/app.cfg >first/low.cfg; mkimage -o . first/low.cfg first/rootfs 2>&1; }
try "memory that will not do" says "is too little: it boots in" little

# --- JSON of the same -----------------------------------------------------------------------
object() { # PYTHON EXPRESSION over `o`, the object of the only line
  want=$1; shift
  "$@" >told && python3 -c 'import json, sys
(line,) = open("told"); o = json.loads(line); sys.exit(0 if eval(sys.argv[1]) else str(o))' "$want"
}
all='o["entries"] > 0 and o["unpacked"] > o["stored"] > 0 and o["ratio"] == o["unpacked"] * 100 // o["stored"] / 100 and 0 <= o["seconds"] < 600'
try "build --json" object "$all and o['needs_exact'] and o['needs'] == $(needs "$image") and o['memory'] == 32 << 20 and o['file'] == './hello-kvm-x86_64.elf'" \
  mkimage --json -o . first/app.cfg first/rootfs
try "swap --json" object "$all and o['size'] == $(wc -c <"$image")" mkimage swap --json "$image" first/rootfs
try "append --json tells, though quiet" object "o['entries'] == 2 and o['codec'] == 'lz4'" mkimage append -q --json "$image" more -o other.elf
try "cp --json" object "$all" mkimage cp --json more/file "$image:/file" -o other.elf
try "rm --json" object "$all" mkimage rm --json "$image:/etc/motd" -o other.elf
try "upgrade --json" object 'o["changed"] is False and o["version"] == o["before"]' mkimage upgrade --json "$image"
try "pack --json" object "$all and o['codec'] == 'zstd' and o['format'] == 'pax'" mkimage pack --json -f pax -z zstd first/rootfs -o first.tar.zst
try "export --json" object 'o["codec"] == "none" and o["ratio"] == 1 and o["stored"] == o["unpacked"]' mkimage export --json "$image" -o first.cpio

# --- standard input and output --------------------------------------------------------------
try "an image to standard output" sh -c 'mkimage -o - first/app.cfg first/rootfs >stood.elf && mkimage -q -o . first/app.cfg first/rootfs && cmp stood.elf hello-kvm-x86_64.elf'
try "through two verbs" sh -c 'mkimage append - more -o - <stood.elf | mkimage swap - first/rootfs -o - | cmp - stood.elf'
try "a directory and a pipe" sh -c 'mkimage rm -o - -- -:/etc/motd <stood.elf | mkimage ls - | grep -qx etc && ! mkimage rm -o - -- -:/etc/motd <stood.elf | mkimage ls - | grep motd'
try "not in its place" says "an image from standard input" status 2 mkimage swap - first/rootfs
try "two images to one place" says "makes 2 images" status 2 sh -c 'sed "s/platforms = .*/platforms = [ \"kvm-x86_64\", \"other\" ];/" first/app.cfg >first/two.cfg; mkimage -o - first/two.cfg first/rootfs'
try "standard output that is full" status 2 sh -c 'mkimage -o - first/app.cfg first/rootfs >/dev/full'
for option in "build --depfile - first/app.cfg first/rootfs" "run --result - $image" "test --junit - first/app.cfg"; do
  # shellcheck disable=SC2086
  try "no file of the name -: mkimage $option" says "it takes a file" status 2 mkimage $option
done
try "an image to be run comes from a file" says "is the program's" status 2 mkimage run -
try "and no file of this name was made" test ! -e -

# --- completion -------------------------------------------------------------------------
for shell in bash zsh fish; do mkimage completion $shell >complete.$shell; done
try "an unknown shell" status 2 mkimage completion csh
bash_gives() { # WANT WORD...
  want=$1; shift
  got=$(bash -c '. ./complete.bash; COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1)); _mkimage; printf "%s\n" "${COMPREPLY[@]}"' bash "$@")
  [ "$got" = "$want" ] || { echo "wanted: $want"; echo "got: $got"; return 1; }
}
try "bash completes verbs" bash_gives swap mkimage sw
try "bash completes options" bash_gives "--timeout" mkimage run --ti
try "bash completes shells" bash_gives fish mkimage completion fi
try "bash completes directories where one is wanted" bash_gives first mkimage extract -C fir
try "zsh reads its completion" zsh -fc 'autoload -U compinit; compinit -D -d ./zdump; . ./complete.zsh; [[ $_comps[mkimage] == _mkimage ]]'
fish_gives() { HOME=$W fish -c ". ./complete.fish; complete -C '$2'" 2>&1 | cut -f1 | grep -qxF -- "$1"; }
try "fish completes verbs" fish_gives swap "mkimage sw"
try "fish completes options" fish_gives --timeout "mkimage run --ti"
every() { # each option that --help tells is in each completion
  for verb in $(mkimage --help | sed -n 's/^  \([a-z][a-z]*\) .*/\1/p'); do
    for option in $(mkimage "$verb" --help | sed -n 's/^  ..[, ] --\([a-z-]*\).*/\1/p'); do
      grep -q -- "--$option" complete.bash && grep -q -- "--$option" complete.zsh && grep -q "from $verb' -l $option" complete.fish ||
        { echo "$verb: $option"; return 1; }
    done
  done
}
try "every option of every verb is completed" every

# --- the manual -----------------------------------------------------------------------------
documented() { # every verb has a page, every option of --help stands in it
  MAKEFLAGS= make -s -C "$TOP" B="$B" man || return 1
  for verb in $(mkimage --help | sed -n 's/^  \([a-z][a-z]*\) .*/\1/p'); do
    mandoc -T lint -W warning "$B/man/mkimage-$verb.1" || return 1
    mandoc -T ascii "$B/man/mkimage-$verb.1" | col -b >page
    for option in $(mkimage "$verb" --help | sed -n 's/^  ..[, ] --\([a-z-]*\).*/\1/p' | grep -vxE 'verbose|quiet|jobs|help|version'); do
      grep -q -- "--$option" page || { echo "mkimage-$verb.1 does not tell --$option"; bad=1; }
    done
  done
  test -z "${bad:-}"
}
try "every verb has a manual page that tells each of its options" documented

# --- U-Boot's tool has the same name -------------------------------------------------------
try "U-Boot's syntax is told apart" says "option of U-Boot's mkimage, and this is Taproot's" mkimage -A arm -O linux -T kernel -d x y
try "with the status of a wrong call" status 2 mkimage -f auto x
try "-l is info" says "program" mkimage -l first/hello-kvm-x86_64.elf
printf '\047\005\031\126rest of a header' >old.uimg
try "a uImage is recognised" says "a uImage, no image of Taproot's" mkimage -l old.uimg
printf '\320\015\376\355\000\000\000\100' >fit.itb
try "a FIT too" says "FIT image" mkimage info fit.itb
try "and a kernel given by mistake" says "a Linux kernel" sh -c '{ head -c 514 /dev/zero; printf HdrS; } >bz; mkimage info bz'
done_testing
