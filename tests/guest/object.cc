// tests/guest/object.cc - a C++ static object, an exception, a stream and a thread-local, on the machine as anywhere.
#include <fstream>
#include <iostream>
#include <map>
#include <sstream>
#include <stdexcept>
#include <string>

#include <sys/sysinfo.h>

namespace {

struct Reader {
  std::string text;
  bool memory_known;
  Reader() {
    std::ifstream file("/etc/first");
    std::getline(file, text);
    struct sysinfo memory;
    memory_known = sysinfo(&memory) == 0 && memory.freeram > 0;
    if (memory_known) std::cerr << "total " << memory.totalram << " free " << memory.freeram << std::endl;
  }
  ~Reader() { std::cout << "destroyed after main" << std::endl; }
};

Reader reader;
thread_local int counter = 41;

int thrower(int n) {
  if (n == 0) throw std::runtime_error("thrown from the depth");
  return thrower(n - 1) + 1;
}

} // namespace

int main() {
  std::cout << "object read: " << reader.text << " " << reader.memory_known << "\n";
  try {
    std::cout << thrower(100) << "\n";
  } catch (const std::exception &e) { std::cout << "caught: " << e.what() << "\n"; }
  std::map<std::string, double> table{{"half", 0.5}, {"third", 1.0 / 3}};
  for (const auto &row : table) std::cout << row.first << " " << row.second << "\n";
  std::ostringstream out;
  out << std::hex << 48879 << " " << ++counter;
  std::cout << out.str() << "\n";
  return 0;
}
