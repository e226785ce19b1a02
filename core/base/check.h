// CHECK: our own mistakes, on in every build. A failed CHECK ends the process after printing the expression, the place
// and the values given. The client's mistakes are error codes, the world's are inputs; neither ends up here.
#pragma once

#include <fmt/format.h>

#include <string>

namespace vivarium {

[[noreturn]] void check_failed(const char* expression, const char* file, int line, const std::string& details);

namespace detail {
inline std::string check_details() { return {}; }
template <class... Args>
std::string check_details(fmt::format_string<Args...> format, Args&&... args) {
  return fmt::format(format, std::forward<Args>(args)...);
}
}  // namespace detail

}  // namespace vivarium

#define CHECK(condition, ...)                        \
  (__builtin_expect(static_cast<bool>(condition), 1) \
       ? static_cast<void>(0)                        \
       : ::vivarium::check_failed(#condition, __FILE__, __LINE__, ::vivarium::detail::check_details(__VA_ARGS__)))
