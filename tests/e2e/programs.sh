# Whole programs: static Lua 5.4 and static SQLite read and write files in /, with the host's results.
. "$(dirname "$0")/lib.sh"
need_root "$@"
root=$W/root
mkdir -p "$root/bin" "$root/tmp" "$root/lua" "$root/sql"

cat >"$W/lua.c" <<'EOT'
#include <lua5.4/lauxlib.h>
#include <lua5.4/lualib.h>
#include <stdio.h>
int main(int argc, char **argv) {
  lua_State *L = luaL_newstate();
  luaL_openlibs(L);
  int bad = luaL_dofile(L, argv[1]);
  if (bad) printf("%s\n", lua_tostring(L, -1));
  lua_close(L);
  return bad;
}
EOT
cat >"$W/sql.c" <<'EOT'
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
static int row(void *arg, int n, char **value, char **name) {
  for (int i = 0; i < n; i++) printf("%s%s", value[i] ? value[i] : "NULL", i + 1 < n ? "|" : "\n");
  return 0;
}
int main(int argc, char **argv) {
  static char text[100000];
  FILE *f = fopen(argv[2], "r");
  if (!f || fread(text, 1, sizeof text - 1, f) == 0) return 2;
  sqlite3 *db;
  char *why = NULL;
  int bad = sqlite3_open(argv[1], &db) || sqlite3_exec(db, text, row, NULL, &why);
  if (bad) printf("error: %s\n", why ? why : sqlite3_errmsg(db));
  return sqlite3_close(db) || bad;
}
EOT
cat >"$root/lua/test.lua" <<'EOT'
-- strings, tables, numbers, closures, coroutines, and files of every way
local function fib(n) return n < 2 and n or fib(n - 1) + fib(n - 2) end
print(_VERSION, fib(22), 7 // 2, 2^0.5, 10 / 3, math.maxinteger, string.format("%5.2f %q", 3.14159, "a\nb"))
local names = {}
for i = 1, 200 do
  local name = "/tmp/file-" .. i
  local f = assert(io.open(name, "w"))
  for k = 1, i do f:write(i * k, " ") end
  f:close()
  names[#names + 1] = name
end
local sum = 0
for _, name in ipairs(names) do
  for line in io.lines(name) do for n in line:gmatch("%d+") do sum = sum + tonumber(n) end end
end
print("sum", sum)
for i = 1, 200, 2 do assert(os.remove(names[i])) end
assert(os.rename(names[2], "/tmp/renamed"))
print(io.open(names[1]), io.open(names[2]))
local f = assert(io.open("/tmp/renamed", "r+"))
f:seek("set", 1); f:write("XY"); f:seek("set", 0)
print(f:read("a")); print(f:seek("end")); f:close()
local t = {}
for w in io.open("/lua/test.lua"):read("a"):gmatch("%a+") do t[w] = (t[w] or 0) + 1 end
local keys = {}
for k in pairs(t) do keys[#keys + 1] = k end
table.sort(keys)
for _, k in ipairs(keys) do io.write(k, "=", t[k], " ") end
print()
local co = coroutine.wrap(function() for i = 1, 3 do coroutine.yield(i * i) end end)
print(co(), co(), co(), pcall(error, {1}), select("#", pcall(error)))
print(os.date("!%Y-%m-%d", 86400 * 365), os.getenv("TZ"), type(os.time()), os.time() > 1600000000)
print(pcall(io.lines, "/nowhere"))
EOT
cat >"$root/sql/test.sql" <<'EOT'
PRAGMA journal_mode=DELETE;
CREATE TABLE fruit(id INTEGER PRIMARY KEY, name TEXT, price REAL, blob BLOB);
WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 3000)
  INSERT INTO fruit SELECT i, 'fruit ' || (i * 7919 % 3001), i / 7.0, zeroblob(i % 50) FROM n;
CREATE INDEX by_name ON fruit(name);
BEGIN; UPDATE fruit SET price = price * 2 WHERE id % 3 = 0; DELETE FROM fruit WHERE id % 5 = 0; COMMIT;
BEGIN; DELETE FROM fruit; ROLLBACK;
SELECT count(*), round(sum(price), 3), max(name), sum(length(blob)) FROM fruit;
SELECT name, round(price, 2) FROM fruit WHERE name LIKE '%99%' ORDER BY name LIMIT 12;
VACUUM;
PRAGMA integrity_check;
PRAGMA journal_mode=WAL;
INSERT INTO fruit(name, price) VALUES ('late', 1e10);
SELECT count(*) FROM fruit;
PRAGMA journal_mode=TRUNCATE;
ATTACH '/tmp/other.db' AS other;
CREATE TABLE other.copy AS SELECT * FROM fruit WHERE id < 100;
SELECT count(*), group_concat(name, ',') FROM other.copy;
PRAGMA page_count;
EOT
drivers() {
  gcc -O2 -static "$W/lua.c" -o "$root/bin/lua" -llua5.4 -lm -ldl 2>"$W/ld" || { cat "$W/ld"; return 1; }
  gcc -O2 -static "$W/sql.c" -o "$root/bin/sql" -lsqlite3 -lm -ldl -lpthread 2>"$W/ld" || { cat "$W/ld"; return 1; }
}
try "static drivers of Lua 5.4 and SQLite build from Debian's libraries" drivers
cp -a "$root" "$W/jail"
for program in lua sql; do
  pack $program "$root" /bin/$program "" >"$W/pack.$program" 2>&1
  sed -i "s|path = \"/bin/$program\";|path = \"/bin/$program\"; args = [ \"none\" ]; env = [ \"TZ=UTC\" ];|" "$W/$program.cfg"
  try "$program packs" "$MKIMAGE" -q -o "$W" "$W/$program.cfg" "$root"
done
same() { # PROGRAM ARGUMENT...
  program=$1; shift
  rm -rf "$W/jail/tmp"/*
  env -i TZ=UTC "$CHROOT" "$W/jail" "/bin/$program" "$@" >"$W/host.out" 2>&1; want=$?
  "$MKIMAGE" run -m 128 --timeout 300 "$W/$program-kvm-x86_64.elf" -- "$@" >"$W/machine.out" 2>"$W/machine.err"; got=$?
  [ $want = $got ] || { echo "status $got, on the host $want"; tail -n 5 "$W/machine.out" "$W/machine.err"; return 1; }
  [ -s "$W/host.out" ] && diff "$W/host.out" "$W/machine.out"
}
try "Lua: results equal to the host's" same lua /lua/test.lua
try "Lua: a script that is not there fails as on the host" same lua /nowhere
try "SQLite: a database in a file, journal and WAL" same sql /tmp/test.db /sql/test.sql
try "SQLite: in memory" same sql :memory: /sql/test.sql
try "SQLite: a directory that is not there" same sql /nowhere/test.db /sql/test.sql
done_testing
