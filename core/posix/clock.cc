#include "core/posix/clock.h"

#include <ctime>

namespace vivarium::posix {

namespace {

int64_t nanoseconds_of(clockid_t clock) {
  timespec t{};
  ::clock_gettime(clock, &t);
  return t.tv_sec * 1'000'000'000 + t.tv_nsec;
}

}  // namespace

Time steady_now() { return {nanoseconds_of(CLOCK_MONOTONIC)}; }

Now now() { return {steady_now(), nanoseconds_of(CLOCK_REALTIME) / 1'000'000}; }

}  // namespace vivarium::posix
