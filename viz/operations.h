// What clients asked, and what came of it, as far as a trace tells: a simulated run's clients are in it, a running
// server's are not.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "viz/trace.h"

namespace vivarium::viz {

struct Operation {
  uint16_t client;                       // node
  int64_t session;                       // 0: none yet
  int64_t token;                         // numbers the requests of a client
  std::string name, path{};              // "setData", "/r/1"
  uint32_t called, returned = kNoEvent;  // events
  std::string outcome{};                 // "ok", "NoNode", "unknown"; empty: the run ended first
  int64_t zxid = 0;                      // of the reply; 0: none
  int64_t server = 0;                    // that was connected when it was called
};
// In the order in which they were called.
std::vector<Operation> operations_of(const Trace& trace);

}  // namespace vivarium::viz
