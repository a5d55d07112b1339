# Formatting, the floors, man pages and static analysis: `make lint` has nothing to say.
. "$(dirname "$0")/lib.sh"

try "make lint" make --no-print-directory -C "$TOP" B="$B" lint
done_testing
