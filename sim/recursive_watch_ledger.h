// RecursiveWatchLedger: one session's persistent recursive watch, held against all that its client is answered. Each
// change of a node below it is told once, in the order of the transactions, before any reply that shows the change; and
// nothing else is told. What changes while there is no connection is not told.
#pragma once

#include <map>
#include <optional>
#include <string>

#include "core/client/event.h"
#include "sim/check.h"

namespace vivarium::sim {

class RecursiveWatchLedger {
 public:
  explicit RecursiveWatchLedger(uint32_t actor = 0, std::string root = "/") : actor_(actor), root_(std::move(root)) {}

  const std::string& root() const { return root_; }
  bool covers(const std::string& path) const;  // also while it is being armed again
  bool armed() const { return armed_; }

  void armed(Zxid as_of);  // addWatch was answered
  void disconnected();
  void session_over();

  // Any answer, before what it shows: from the first one of a connection on, everything is told.
  void answered(Zxid as_of);
  // A reply tells that the node is there, last changed so; or that it is not there, gone by this transaction if that is
  // known.
  void shown(const std::string& path, Zxid changed, Findings& findings) const;
  void shown_absent(const std::string& path, std::optional<Zxid> gone, Findings& findings) const;
  void told(const client::WatchEvent& event, Findings& findings);
  // Nothing is under way any more: every node at and below the root, with its last change, at the client's server.
  void missed(const std::map<std::string, Zxid>& there, Findings& findings) const;

 private:
  struct Told {
    Zxid zxid;
    bool exists;
  };
  void report_untold(const std::string& path, Zxid changed, Check check, Findings& findings) const;

  uint32_t actor_;
  std::string root_;
  bool armed_ = false;
  std::optional<Zxid> since_;         // changes after this one are told; none between a reconnect and its first answer
  std::map<std::string, Told> told_;  // by path, the last event of this connection
  Zxid last_;                         // the last event's
};

}  // namespace vivarium::sim
