# Every file of tests/cases in the machine: bad ones stop it with the sentence that the library says on the host, and
# good ones become the tree that it sees there.  One machine each, as many at a time as there are processors.
. "$(dirname "$0")/lib.sh"

# one IMAGE LISTER KIND/NAME: prints nothing when all is well.  The program that lists stands in an archive before a good one.
one() {
  image=$1 case=$TOP/tests/cases/$3
  case $3 in
    bad/*)
      boot microvm max 64 "$image" -initrd "$case"
      [ "$(cat "$W/m.status")" = "stopped unpack: $(cat "$case.says")" ] || ends "$(cat "$case.says")" ;;
    *)
      cat "$2" "$case" >"$W/initrd"
      arguments='tree dev' boot microvm max 64 "$image" -initrd "$W/initrd"
      ends 'exit 0' && diff "$case.tree" "$W/m.out" | head -n 20 ;;
  esac
}
if [ "${2:-}" = --one ]; then one "$3" "$4" "$5" >"$6/$(basename "$5").$(dirname "$5")" 2>&1; exit 0; fi

mkdir -p "$W/root" "$W/said"
try "the program that lists compiles" compiles "$W/root/tree" "$TOP/tests/guest/tree.c"
try "an image for any archive packs" pack any "$W/root" /tree 'external = "any";'
try "so does the program alone" sh -c 'cd "$1" && echo tree | cpio --quiet -o -H newc >"$2"' - "$W/root" "$W/tree.cpio"
# An empty file is no module to QEMU: the library alone sees that one.
cases=$(cd "$TOP/tests/cases" && find bad good -type f ! -name '*.*' ! -path bad/empty | LC_ALL=C sort)
printf '%s\n' $cases | xargs -n 1 -P "$(nproc)" sh -c 'exec sh "$0" "$1" --one "$2" "$3" "$5" "$4"' "$0" "$B" "$image" "$W/tree.cpio" "$W/said"
well() { [ -f "$W/said/$1" ] && cat "$W/said/$1" && [ ! -s "$W/said/$1" ]; }
for case in $cases; do try "in the machine: $case" well "$(basename "$case").$(dirname "$case")"; done
done_testing
