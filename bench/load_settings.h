// What the programs that put load on a server are told, and the clocks that they read.
#pragma once

#include <fmt/format.h>
#include <sys/types.h>

#include <CLI/CLI.hpp>
#include <cstdlib>
#include <ctime>
#include <string>
#include <vector>

namespace vivarium::bench {

struct LoadSettings {
  std::vector<std::string> servers;  // ADDRESS:PORT; connections go to them in turn
  int connections = 1;
  int outstanding = 1;     // on each connection
  int writes = 0;          // percent
  size_t bytes = 100;      // of data
  int64_t warm_up = 1000;  // operations before the measurement
  int64_t milliseconds = 3000;
  bool prepare = false;  // make the znodes first
  int64_t znodes = 0;    // make so many instead, and end
  std::vector<pid_t> pids;
};

[[noreturn]] inline void fail(const std::string& what) {
  fmt::print(stderr, "load: {}\n", what);
  std::exit(1);
}

inline int64_t nanoseconds_of(clockid_t clock) {
  timespec t{};
  ::clock_gettime(clock, &t);
  return t.tv_sec * 1'000'000'000 + t.tv_nsec;
}
inline int64_t now() { return nanoseconds_of(CLOCK_MONOTONIC); }

// utime + stime, as /proc/PID/stat has it, to the nanosecond.
inline int64_t cpu_of(const std::vector<pid_t>& pids) {
  int64_t sum = 0;
  for (const pid_t pid : pids) {
    clockid_t clock{};
    if (::clock_getcpuclockid(pid, &clock) != 0) fail(fmt::format("there is no process {}", pid));
    sum += nanoseconds_of(clock);
  }
  return sum;
}

inline void add_options(CLI::App& app, LoadSettings& settings) {
  app.add_option("--server", settings.servers, "ADDRESS:PORT, several times for an ensemble")->required();
  app.add_option("--connections", settings.connections)->check(CLI::Range(1, 10'000))->capture_default_str();
  app.add_option("--outstanding", settings.outstanding, "requests on each connection")
      ->check(CLI::Range(1, 100'000))
      ->capture_default_str();
  app.add_option("--writes", settings.writes, "percent; the others are reads")->check(CLI::Range(0, 100));
  app.add_option("--bytes", settings.bytes, "of data")->check(CLI::Range(0, 900'000))->capture_default_str();
  app.add_option("--warm-up", settings.warm_up, "operations before the measurement")->capture_default_str();
  app.add_option("--milliseconds", settings.milliseconds, "of measurement")->capture_default_str();
  app.add_option("--pid", settings.pids, "a server's process, whose CPU time counts; several times for an ensemble");
}

}  // namespace vivarium::bench
