// libFuzzer's side: --target=NAME chooses the door; --write-seeds=DIR writes every door's good bytes below DIR and
// ends.
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>

#include "tests/fuzz/targets.h"

namespace {

const vivarium::fuzz::Target* chosen = nullptr;

void write_seeds(const std::filesystem::path& folder) {
  for (const vivarium::fuzz::Target& target : vivarium::fuzz::targets()) {
    const std::filesystem::path place = folder / target.name;
    std::filesystem::create_directories(place);
    int number = 0;
    for (const std::string& seed : target.seeds())
      std::ofstream(place / ("seed-" + std::to_string(number++)), std::ios::binary) << seed;
    std::puts(std::string(target.name).c_str());
  }
}

}  // namespace

extern "C" int LLVMFuzzerInitialize(int* argc, char*** argv) {
  for (int i = 1; i < *argc; ++i) {
    const std::string_view word = (*argv)[i];
    if (word.starts_with("--target=")) chosen = vivarium::fuzz::find_target(word.substr(9));
    if (word.starts_with("--write-seeds=")) {
      write_seeds(word.substr(14));
      std::exit(0);
    }
  }
  if (chosen == nullptr) {
    std::fputs("fuzz: say --target=NAME; --write-seeds=DIR prints the names\n", stderr);
    std::exit(64);
  }
  return 0;
}

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  chosen->run({reinterpret_cast<const char*>(data), size});
  return 0;
}
