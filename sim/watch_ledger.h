// WatchLedger: the watches that one session has armed, as its own reads left them. One event for each change of what is
// watched; before every reply that shows the change; none for what is not watched.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "core/client/event.h"
#include "sim/check.h"

namespace vivarium::sim {

class WatchLedger {
 public:
  enum class Kind : uint8_t { kData, kChildren };
  struct Armed {
    Kind kind{};
    std::string path;
    Zxid seen;  // the latest change that the arming read showed; of an absent node: as of when it was absent
    bool exists = true;
    uint64_t seq = 0;  // of the record that armed it
  };

  explicit WatchLedger(uint32_t actor = 0) : actor_(actor) {}

  // A read that asked for a watch was answered; stat: nullptr where the node is not there (exists only).
  void armed(Kind kind, const std::string& path, const wire::Stat* stat, Zxid as_of, uint64_t seq = 0);
  // Any reply that tells how a node is. Call it before armed() of the same reply.
  void shown(const std::string& path, const wire::Stat* stat, Findings& findings) const;
  bool wants(const client::WatchEvent& event) const;
  void told(const client::WatchEvent& event, Findings& findings);
  void session_over() { armed_.clear(); }
  // Nothing is under way any more: what a watch stands on, as it is at its server.
  void missed(const Armed& watch, const wire::Stat* stat, Findings& findings) const;

  std::vector<Armed> all() const;
  bool watches(Kind kind, const std::string& path) const { return armed_.contains({path, kind}); }

 private:
  struct Seen {
    Zxid zxid;
    bool exists;
    uint64_t seq;
  };
  static std::optional<Zxid> change_since(Kind kind, const Seen& seen, const wire::Stat* stat);

  uint32_t actor_;
  std::map<std::pair<std::string, Kind>, Seen> armed_;
};

}  // namespace vivarium::sim
