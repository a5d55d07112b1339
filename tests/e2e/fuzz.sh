# The stored inputs reach nine tenths of the parsers' branches; then every fuzz target runs over them and over its seeds: so many
# runs from the same start each time, that a change is judged by what it does and not by luck.  `make fuzz FUZZ_SECONDS=600` is
# the one that looks further.
. "$(dirname "$0")/lib.sh"

build() { make --no-print-directory -C "$TOP" B="$B" -k -j"$(nproc)" "$@"; }
try "the stored inputs reach 90 % of the branches" build coverage
targets=$(cd "$TOP/tests/fuzz" && ls *.c | sed 's/\.c$//')
build FUZZ_STEADY=1 fuzz >"$W/log" 2>&1
for name in $targets; do
  try "fuzz $name" says "fuzz $name: nothing found in" grep -A 45 "fuzz $name: \|$name-crash\|run-$name" "$W/log"
done
done_testing
