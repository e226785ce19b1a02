// Links: the machines of the network and the directed paths between them: how long bytes take, and what is cut.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "sim/event.h"

namespace vivarium::sim {

struct LinkOptions {
  Distribution latency = exponential(microseconds(150), microseconds(50));  // one way
  int64_t bytes_per_second = 0;                                             // 0: no limit
  uint64_t loss_ppb = 0;                                                    // of segments; they are sent again
  bool operator==(const LinkOptions&) const = default;
};

class Links {
 public:
  explicit Links(LinkOptions usual = {}) : usual_(usual) {}

  HostId add_host(std::string name);
  size_t hosts() const { return names_.size(); }
  const std::string& name(HostId host) const { return names_[host]; }
  HostId find(const std::string& name) const;  // kNoHost: nobody is called so

  const LinkOptions& options(HostId from, HostId to) const {
    if (!(at(from, to).special)) [[likely]]
      return usual_;
    return special_.at({from, to});
  }
  bool special(HostId from, HostId to) const { return at(from, to).special; }
  void set_options(HostId from, HostId to, const LinkOptions& options);
  void reset_options(HostId from, HostId to);  // back to the usual ones

  // Cuts are counted, so that faults that overlap can heal one by one.
  bool cut(HostId from, HostId to) const { return at(from, to).cuts > 0; }
  void add_cut(HostId from, HostId to);
  bool remove_cut(HostId from, HostId to);  // true when this was the last one

  bool up(HostId host) const { return up_[host]; }
  void set_up(HostId host, bool up) { up_[host] = up; }
  bool passes(HostId from, HostId to) const { return !cut(from, to) && up_[to]; }

  // A refusing host answers every SYN with RST, as if nobody listened.
  bool refusing(HostId host) const { return refusing_[host]; }
  void set_refusing(HostId host, bool on) { refusing_[host] = on; }

 private:
  struct State {
    uint8_t cuts = 0;
    bool special = false;
  };
  const State& at(HostId from, HostId to) const { return states_[size_t{from} * stride_ + to]; }
  State& at(HostId from, HostId to) { return states_[size_t{from} * stride_ + to]; }

  LinkOptions usual_;
  std::vector<std::string> names_;
  std::map<std::string, HostId> by_name_;
  std::vector<bool> up_, refusing_;
  size_t stride_ = 0;
  std::vector<State> states_;  // by from, then to
  std::map<std::pair<HostId, HostId>, LinkOptions> special_;
};

}  // namespace vivarium::sim
