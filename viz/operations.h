// What clients asked, and what came of it. Of running servers' clients what their servers saw of it
// (viz/client_lanes.h).
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <vector>

#include "viz/trace.h"

namespace vivarium::viz {

// What `submit` counts in: what our own client can ask, in the order of client::Request, and behind that what others
// can.
inline constexpr std::array kRequestNames = {
    "create",        "create2",         "delete",      "exists",       "getData",
    "setData",       "getACL",          "setACL",      "getChildren",  "getChildren2",
    "sync",          "multi",           "addAuth",     "addWatch",     "removeWatches",
    "multiRead",     "createContainer", "createTTL",   "checkWatches", "getAllChildrenNumber",
    "getEphemerals", "setWatches",      "setWatches2", "auth",         "sasl",
    "whoAmI",        "reconfig",        "closeSession"};

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
