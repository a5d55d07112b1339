# Every fuzz target is built and run over its seeds and the stored corpus: so many runs from the same start each time, that
# a change is judged by what it does and not by luck.  `make fuzz FUZZ_SECONDS=600` is the one that looks further.
. "$(dirname "$0")/lib.sh"

targets=$(cd "$TOP/tests/fuzz" && ls *.c | sed 's/\.c$//')
make --no-print-directory -C "$TOP" B="$B" -k -j"$(nproc)" FUZZ_STEADY=1 fuzz >"$W/log" 2>&1
for name in $targets; do
  try "fuzz $name" says "fuzz $name: nothing found in" grep -A 45 "fuzz $name: \|$name-crash\|run-$name" "$W/log"
done
done_testing
