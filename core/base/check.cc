#include "core/base/check.h"

#include <cstdio>
#include <cstdlib>

namespace vivarium {

void check_failed(const char* expression, const char* file, int line, const std::string& details) {
  std::fprintf(stderr, "%s:%d: CHECK failed: %s%s%s\n", file, line, expression, details.empty() ? "" : ": ",
               details.c_str());
  std::fflush(stderr);
  std::abort();
}

}  // namespace vivarium
