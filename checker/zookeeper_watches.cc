#include "checker/zookeeper_watches.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>

namespace vivarium::checker::zookeeper {
namespace {

// A watch that waits for its event.
struct Armed {
  uint32_t by = kNone;     // the operation that left it
  int64_t view = kNoZxid;  // as of which transaction
  Path path = 0;
  bool children = false;
  bool lapsed = false;  // the connection was away meanwhile: what came and went then is not announced
};

struct SessionWatches {
  std::vector<Armed> armed;
  int64_t last_event_zxid = kNoZxid;
  uint32_t last_event = kNone;
  int64_t newest_view = kNoZxid;  // of the replies so far
  uint32_t newest_reply = kNone;
};

class Watcher {
 public:
  Watcher(const Tables& tables, const Tree& tree) : t_(tables), tree_(tree) {}

  std::optional<Finding> check(bool recorded) {
    if (t_.history.events.empty() && !any_watch()) return std::nullopt;
    // Replies and events, as the clients met them.
    std::vector<std::pair<uint32_t, uint32_t>> order;  // (position, operation << 1 | event)
    for (uint32_t i = 0; i < t_.history.operations.size(); ++i) {
      if (t_.op(i).deadline() != kNever) order.emplace_back(t_.op(i).deadline(), i << 1);
    }
    for (uint32_t i = 0; i < t_.history.events.size(); ++i)
      order.emplace_back(t_.history.events[i].position, i << 1 | 1);
    std::ranges::sort(order);
    for (const auto& [position, entry] : order) {
      auto found = (entry & 1) != 0 ? on_event(entry >> 1) : on_reply(entry >> 1, recorded);
      if (found) return found;
    }
    return std::nullopt;
  }

 private:
  bool any_watch() const {
    return std::ranges::any_of(t_.history.details, [](const Detail& d) { return d.watch; });
  }

  static Finding finding(std::vector<uint32_t> operations, std::vector<uint32_t> events, std::string why) {
    Finding found;
    found.operations = std::move(operations);
    found.events = std::move(events);
    std::erase(found.operations, kNone);
    std::erase(found.events, kNone);
    found.rule = "watch";
    found.why.push_back(std::move(why));
    return found;
  }

  SessionWatches& session_of(const Event& event) {
    return sessions_[event.session == kNoSession ? ~event.process : event.session];
  }

  std::string_view what(const Event& event) const {
    std::string_view text = t_.history.values.compact(event.value);
    return text.substr(1, text.size() - 2);
  }

  std::optional<Finding> on_event(uint32_t index) {
    const Event& event = t_.history.events[index];
    SessionWatches& session = session_of(event);
    const std::string_view kind = what(event);
    if (event.f == Function::Session) {
      if (kind == "expired" || kind == "closed") session.armed.clear();
      if (kind == "disconnected") {
        for (Armed& armed : session.armed) armed.lapsed = true;
      }
      return std::nullopt;
    }
    const bool children = kind == "NodeChildrenChanged";
    const auto answers = [&](const Armed& armed) {
      return armed.path == event.key && (kind == "NodeDeleted" || armed.children == children);
    };
    const auto armed = std::ranges::find_if(session.armed, answers);
    if (armed == session.armed.end()) {
      return finding(
          {}, {index},
          fmt::format("{} on {} was told to a session that had no watch there (any more).", kind, t_.paths[event.key]));
    }
    const Armed spent = *armed;
    std::erase_if(session.armed, answers);
    if (event.zxid == kNoZxid) return std::nullopt;
    if (auto found = check_cause(index, event, spent)) return found;
    if (event.zxid < session.last_event_zxid) {
      return finding({}, {session.last_event, index}, "The later event has the smaller zxid.");
    }
    session.last_event_zxid = event.zxid;
    session.last_event = index;
    if (session.newest_view >= event.zxid && session.newest_reply != kNone) {
      return finding(
          {spent.by, session.newest_reply}, {index},
          fmt::format("A reply at zxid 0x{:x} came before the event of zxid 0x{:x}.", session.newest_view, event.zxid));
    }
    return std::nullopt;
  }

  // The transaction that an event announces must exist, and be news to the watch.
  std::optional<Finding> check_cause(uint32_t index, const Event& event, const Armed& armed) {
    if (armed.view != kNoZxid && event.zxid <= armed.view) {
      return finding(
          {armed.by}, {index},
          fmt::format("The watch was left at zxid 0x{:x}, but the event is of zxid 0x{:x}.", armed.view, event.zxid));
    }
    const auto at =
        std::ranges::lower_bound(t_.transactions, event.zxid, {}, [this](uint32_t i) { return t_.op(i).zxid; });
    const bool known = at != t_.transactions.end() && t_.op(*at).zxid == event.zxid;
    if (!known) return std::nullopt;  // a write that got lost, or the end of a session
    if (t_.op(*at).f == Function::CloseSession) return std::nullopt;
    const std::string_view kind = what(event);
    const auto first = std::ranges::lower_bound(t_.changes, event.zxid, {}, &Change::zxid);
    for (auto change = first; change != t_.changes.end() && change->zxid == event.zxid; ++change) {
      if (causes(*change, kind, event.key)) return std::nullopt;
    }
    return finding({armed.by, *at}, {index},
                   fmt::format("{} on {} is said to be of zxid 0x{:x}, which did no such thing.", kind,
                               t_.paths[event.key], event.zxid));
  }

  bool causes(const Change& change, std::string_view kind, Path path) const {
    if (kind == "NodeChildrenChanged") {
      return change.kind != ChangeKind::SetData && parent_of(t_.paths[change.path]) == t_.paths[path];
    }
    if (change.path != path) return false;
    return kind == (change.kind == ChangeKind::Create   ? "NodeCreated"
                    : change.kind == ChangeKind::Delete ? "NodeDeleted"
                                                        : "NodeDataChanged");
  }

  std::optional<Finding> on_reply(uint32_t index, bool recorded) {
    const Operation& op = t_.op(index);
    if (op.zxid == kNoZxid || t_.session[index] == 0) return std::nullopt;
    SessionWatches& session = sessions_[t_.session[index]];
    if (recorded) {
      for (const Armed& armed : session.armed) {
        if (auto found = missed(armed, index)) return found;
      }
    }
    if (op.zxid > session.newest_view) {
      session.newest_view = op.zxid;
      session.newest_reply = index;
    }
    leave_watch(index, op, session);
    return std::nullopt;
  }

  void leave_watch(uint32_t index, const Operation& op, SessionWatches& session) {
    const Detail* detail = t_.history.detail(index);
    if (detail == nullptr || !detail->watch || !is_read(op.f)) return;
    const bool left = op.outcome == Outcome::Ok || (op.f == Function::Exists && t_.error(index) == "NoNode");
    if (!left) return;
    session.armed.push_back({index, op.zxid, op.key, op.f == Function::GetChildren, false});
  }

  // A change that the reply reflects, after the watch was left, and no event before the reply.
  std::optional<Finding> missed(const Armed& armed, uint32_t index) {
    if (armed.lapsed) return std::nullopt;
    const int64_t view = t_.op(index).zxid;
    if (!armed.children) {
      const auto& states = tree_.states(armed.path);
      const auto change = std::ranges::upper_bound(states, armed.view, {}, &NodeState::since);
      if (change == states.end() || change->since > view || change->by == kNone) return std::nullopt;
      return no_event(armed, change->by, index);
    }
    const auto first = std::ranges::upper_bound(t_.changes, armed.view, {}, &Change::zxid);
    for (auto change = first; change != t_.changes.end() && change->zxid <= view; ++change) {
      if (causes(*change, "NodeChildrenChanged", armed.path)) return no_event(armed, change->op, index);
    }
    return std::nullopt;
  }

  std::optional<Finding> no_event(const Armed& armed, uint32_t change, uint32_t reply) const {
    std::vector<uint32_t> shown = {armed.by, change, reply};
    std::ranges::sort(shown);
    shown.erase(std::ranges::unique(shown).begin(), shown.end());
    return finding(
        std::move(shown), {},
        fmt::format(
            "{} changed at zxid 0x{:x} after a watch was left on it at zxid 0x{:x}; a reply of the session at zxid "
            "0x{:x} came, but no event.",
            t_.paths[armed.path], t_.op(change).zxid, armed.view, t_.op(reply).zxid));
  }

  const Tables& t_;
  const Tree& tree_;
  std::map<int64_t, SessionWatches> sessions_;
};

}  // namespace

std::optional<Finding> check_watches(const Tables& tables, const Tree& tree, bool recorded) {
  return Watcher(tables, tree).check(recorded);
}

bool events_recorded(const History& history) {
  return std::ranges::any_of(history.events, [](const Event& e) { return e.f == Function::Watch; });
}

}  // namespace vivarium::checker::zookeeper
