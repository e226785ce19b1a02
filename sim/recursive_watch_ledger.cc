#include "sim/recursive_watch_ledger.h"

#include <fmt/format.h>

namespace vivarium::sim {

using wire::WatchEventType;

bool RecursiveWatchLedger::covers(const std::string& path) const {
  if (!armed_ || !path.starts_with(root_)) return false;
  return root_ == "/" || path.size() == root_.size() || path[root_.size()] == '/';
}

void RecursiveWatchLedger::armed(Zxid as_of) {
  disconnected();
  armed_ = true;
  since_ = as_of;
}

void RecursiveWatchLedger::disconnected() {
  since_.reset();
  told_.clear();
  last_ = Zxid{};
}

void RecursiveWatchLedger::session_over() {
  disconnected();
  armed_ = false;
}

void RecursiveWatchLedger::answered(Zxid as_of) {
  if (armed_ && !since_ && as_of > Zxid{0}) since_ = as_of;
}

void RecursiveWatchLedger::report_untold(const std::string& path, Zxid changed, Check check, Findings& findings) const {
  findings.report(check,
                  fmt::format("actor {} is told of all below {} since {}, but not of {} as of {}", actor_, root_,
                              *since_, path, changed),
                  {{findings.here().process, 0, fmt::format("is told of all below {} since {}", root_, *since_)},
                   findings.side(fmt::format("was not told of {} as of {}", path, changed))});
}

// Of one transaction that changed a node twice, the last event counts.
void RecursiveWatchLedger::shown(const std::string& path, Zxid changed, Findings& findings) const {
  if (!covers(path) || !since_ || changed <= *since_) return;
  const auto found = told_.find(path);
  if (found == told_.end() || found->second.zxid < changed) report_untold(path, changed, Check::kWatchOrder, findings);
}

void RecursiveWatchLedger::shown_absent(const std::string& path, std::optional<Zxid> gone, Findings& findings) const {
  if (gone) return shown(path, *gone, findings);
  const auto found = told_.find(path);
  if (!covers(path) || !since_ || found == told_.end() || !found->second.exists) return;
  findings.report(Check::kWatchOrder,
                  fmt::format("actor {} is answered that {} is gone before the event that announces it", actor_, path),
                  {findings.side(fmt::format("is answered that {} is gone, and no event came", path))});
}

void RecursiveWatchLedger::told(const client::WatchEvent& event, Findings& findings) {
  if (event.zxid < Zxid{0} || event.type == WatchEventType::kNodeChildrenChanged) return;  // of one-shot watches
  const auto complain = [&](const char* what) {
    findings.report(Check::kWatchOnce,
                    fmt::format("actor {} is told of {} as of {}: {}", actor_, event.path, event.zxid, what),
                    {findings.side(fmt::format("is told of {} as of {}: {}", event.path, event.zxid, what))});
  };
  if (!covers(event.path)) return complain("it watches nothing there");
  if (since_ && event.zxid <= *since_) return complain("it has seen later ones already");
  if (event.zxid < last_) return complain("out of order");
  const auto before = told_.find(event.path);
  const bool created = event.type == WatchEventType::kNodeCreated;
  if (before != told_.end() && before->second.exists == created)
    return complain(created ? "created, and it was there" : "changed, and it was not there");
  last_ = event.zxid;
  told_[event.path] = {event.zxid, event.type != WatchEventType::kNodeDeleted};
}

void RecursiveWatchLedger::missed(const std::map<std::string, Zxid>& there, Findings& findings) const {
  if (!since_) return;
  for (const auto& [path, changed] : there) {
    const auto found = told_.find(path);
    const bool told = found != told_.end() && found->second.exists && found->second.zxid == changed;
    if (changed > *since_ && !told) report_untold(path, changed, Check::kWatchMissed, findings);
  }
  for (const auto& [path, last] : told_) {
    if (last.exists && !there.contains(path)) report_untold(path, last.zxid, Check::kWatchMissed, findings);
  }
}

}  // namespace vivarium::sim
