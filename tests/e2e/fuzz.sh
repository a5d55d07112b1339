# Every fuzz target is built and run over its seeds and the stored corpus: so many runs from the same start each time, that
# a change is judged by what it does and not by luck.  `make fuzz FUZZ_SECONDS=600` is the one that looks further.
. "$(dirname "$0")/lib.sh"

for target in "$TOP"/tests/fuzz/*.c; do
  name=$(basename "$target" .c)
  case $name in peer) runs=2000 ;; *) runs=20000 ;; esac
  try "fuzz $name, $runs runs" says "nothing found in" \
    make --no-print-directory -C "$TOP" B="$B" FUZZ_SECONDS=30 FUZZ_MORE="-seed=1 -runs=$runs" "fuzz-$name"
done
done_testing
