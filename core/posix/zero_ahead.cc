#include "core/posix/zero_ahead.h"

#include <unistd.h>

#include <algorithm>
#include <array>

namespace vivarium::posix {

namespace {
constexpr int64_t kLeast = 64 << 10, kMost = 4 << 20;
constexpr std::array<uint8_t, kLeast> kZeros{};
}  // namespace

void ZeroAhead::grown(int32_t handle, int64_t from, int64_t to) { reserved_[handle] = {from, to}; }

void ZeroAhead::written(int32_t handle, int64_t end) {
  const auto found = reserved_.find(handle);
  if (found == reserved_.end() || end <= found->second.zeroed_to) return;
  Reserved& reserved = found->second;
  const int64_t target = std::min(reserved.end, end + std::clamp(end, kLeast, kMost));
  reserved.zeroed_to = end;
  while (reserved.zeroed_to < target) {
    const auto size = static_cast<size_t>(std::min(target - reserved.zeroed_to, kLeast));
    const ssize_t put = ::pwrite(handle, kZeros.data(), size, reserved.zeroed_to);
    if (put <= 0) return closed(handle);
    reserved.zeroed_to += put;
  }
}

}  // namespace vivarium::posix
