#include "checker/zookeeper_tree.h"

#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>
#include <set>
#include <tuple>

namespace vivarium::checker::zookeeper {

Tree::Tree(const Tables& tables, bool excerpt) : t_(tables), excerpt_(excerpt) {
  const uint32_t paths = t_.paths.size();
  timelines_.resize(paths);
  lost_.resize(paths);
  created_.resize(paths, false);
  children_.resize(paths);
  for (Path path = 0; path < paths; ++path) {
    if (name(path).empty() || name(path) == "/") continue;
    if (const auto parent = t_.paths.find(parent_of(name(path)))) children_[*parent].push_back(path);
  }
  for (uint32_t i = 0; i < t_.lost.size(); ++i) {
    const Change& change = t_.lost[i];
    if (change.kind == ChangeKind::Create && change.sequential) {
      lost_sequential_.push_back(i);
    } else {
      lost_[change.path].push_back(i);
      if (change.kind == ChangeKind::Create) created_[change.path] = true;
    }
  }
  for (const Change& change : t_.changes) {
    if (change.kind == ChangeKind::Create) created_[change.path] = true;
    int64_t& last = last_write_[t_.session[change.op]];
    last = std::max(last, change.zxid);
  }
}

Finding Tree::finding(std::vector<uint32_t> operations, std::string why) const {
  Finding found;
  found.operations = std::move(operations);
  std::erase(found.operations, kNone);
  found.rule = "replay";
  found.why.push_back(std::move(why));
  return found;
}

// Nodes that nobody in the history ever tries to create were there before it.
bool Tree::made_by_nobody(Path path) const {
  if (excerpt_ || !created_[path]) {
    const bool sequential = std::ranges::any_of(
        lost_sequential_, [&](uint32_t i) { return name(path).starts_with(name(t_.lost[i].path)); });
    return excerpt_ || !sequential;
  }
  return false;
}

NodeState& Tree::current(Path path) {
  auto& timeline = timelines_[path];
  if (timeline.empty()) {
    NodeState first;
    first.known = !made_by_nobody(path);
    timeline.push_back(first);
  }
  return timeline.back();
}

size_t Tree::lost_count(Path path, ChangeKind kind, uint32_t deadline) const {
  const auto fits = [&](uint32_t i) { return t_.lost[i].kind == kind && t_.op(t_.lost[i].op).call < deadline; };
  auto count = static_cast<size_t>(std::ranges::count_if(lost_[path], fits));
  if (kind == ChangeKind::Create && sequence_of(name(path)) >= 0) {
    count += static_cast<size_t>(std::ranges::count_if(
        lost_sequential_, [&](uint32_t i) { return fits(i) && name(path).starts_with(name(t_.lost[i].path)); }));
  }
  return count;
}

bool Tree::lost_ephemeral(Path path, uint32_t deadline) const {
  const auto made = [&](uint32_t i) {
    const Change& change = t_.lost[i];
    return change.kind == ChangeKind::Create && change.ephemeral && t_.op(change.op).call < deadline &&
           (!change.sequential || name(path).starts_with(name(change.path)));
  };
  return std::ranges::any_of(lost_[path], made) || std::ranges::any_of(lost_sequential_, made);
}

bool Tree::may_vanish(const NodeState& state, Path path, uint32_t deadline, int64_t zxid) const {
  if (lost_may(path, ChangeKind::Delete, deadline)) return true;
  // Whoever made it was not heard of; where that may have been an ephemeral create, nobody knows whose end takes it.
  if (state.czxid < 0 && lost_ephemeral(path, deadline)) return true;
  if (!state.ephemeral) return false;
  // An ephemeral goes with its session; a session that goes on writing has not ended.
  const auto last = last_write_.find(state.owner);
  return last == last_write_.end() || last->second <= zxid;
}

const NodeState* Tree::at(Path path, int64_t zxid) const {
  const auto& timeline = timelines_[path];
  const auto after = std::ranges::upper_bound(timeline, zxid, {}, &NodeState::since);
  return after == timeline.begin() ? nullptr : &*std::prev(after);
}

std::optional<Finding> Tree::replay() {
  size_t next = 0;
  for (size_t i = 0; i < t_.transactions.size(); ++i) {
    const uint32_t index = t_.transactions[i];
    const int64_t zxid = t_.op(index).zxid;
    if (i > 0 && t_.op(t_.transactions[i - 1]).zxid == zxid) {
      return finding({t_.transactions[i - 1], index}, fmt::format("Two writes claim zxid 0x{:x}.", zxid));
    }
    if (t_.op(index).f == Function::CloseSession) {
      if (auto found = close_session(index)) return found;
    }
    for (; next < t_.changes.size() && t_.changes[next].zxid <= zxid; ++next) {
      if (auto found = apply(t_.changes[next])) return found;
    }
  }
  return std::nullopt;
}

std::optional<Finding> Tree::apply(const Change& change) {
  NodeState now = current(change.path);
  std::optional<Finding> found;
  switch (change.kind) {
    case ChangeKind::Create: found = apply_create(change, now); break;
    case ChangeKind::SetData: found = apply_set(change, now); break;
    case ChangeKind::Delete: found = apply_delete(change, now); break;
  }
  if (found) return found;
  now.since = change.zxid;
  now.by = change.op;
  now.known = true;
  timelines_[change.path].push_back(now);
  return std::nullopt;
}

std::optional<Finding> Tree::apply_create(const Change& change, NodeState& now) {
  const uint32_t deadline = t_.op(change.op).deadline();
  if (now.known && now.exists && !may_vanish(now, change.path, deadline, change.zxid)) {
    return finding({now.by, change.op},
                   fmt::format("{} was created at zxid 0x{:x} though it existed since zxid 0x{:x}.", name(change.path),
                               change.zxid, now.since));
  }
  if (const auto parent = t_.paths.find(parent_of(name(change.path)));
      parent && *parent != change.path && name(*parent) != "/") {
    const NodeState& above = current(*parent);
    if (above.known && !above.exists && !lost_may(*parent, ChangeKind::Create, deadline)) {
      return finding({above.by, change.op},
                     fmt::format("{} was created though its parent did not exist.", name(change.path)));
    }
  }
  if (change.sequential) {
    if (auto found = check_sequence(change)) return found;
  }
  now = NodeState{};
  now.exists = true;
  now.version = 0;
  now.czxid = change.zxid;
  now.value_known = true;
  now.value = change.value;
  now.ephemeral = change.ephemeral;
  now.owner = change.ephemeral ? t_.session[change.op] : 0;
  return std::nullopt;
}

// Sequence numbers count the creates below one parent, so they grow with the zxid.
std::optional<Finding> Tree::check_sequence(const Change& change) {
  const int64_t number = sequence_of(name(change.path));
  if (number < 0)
    return finding({change.op},
                   fmt::format("{} was made by a sequential create, but has no number.", name(change.path)));
  const auto parent = t_.paths.find(parent_of(name(change.path)));
  if (!parent) return std::nullopt;
  const NodeState& above = current(*parent);
  auto& [last, by] = sequences_.try_emplace({*parent, above.czxid}, -1, kNone).first->second;
  if (number <= last && !may_vanish(above, *parent, kNever, INT64_MAX)) {
    return finding({by, change.op},
                   fmt::format("The later create below {} got the smaller number {}.", name(*parent), number));
  }
  last = number;
  by = change.op;
  return std::nullopt;
}

std::optional<Finding> Tree::apply_set(const Change& change, NodeState& now) {
  const uint32_t deadline = t_.op(change.op).deadline();
  const bool may_be_made = lost_may(change.path, ChangeKind::Create, deadline);
  if (now.known && !now.exists && !may_be_made) {
    return finding({now.by, change.op}, fmt::format("{} was written though it did not exist.", name(change.path)));
  }
  if (change.asked_version >= 0 && change.version >= 0 && change.version != change.asked_version + 1) {
    return finding({change.op}, fmt::format("A write that demanded version {} made version {}.", change.asked_version,
                                            change.version));
  }
  const bool reborn = may_be_made && (may_vanish(now, change.path, deadline, change.zxid) || !now.exists);
  if (now.known && now.exists && now.version >= 0 && change.version >= 0 && !reborn && !excerpt_) {
    const int64_t missing = int64_t{change.version} - now.version - 1;
    const auto lost = static_cast<int64_t>(lost_count(change.path, ChangeKind::SetData, deadline));
    if (missing < 0 || missing > lost) {
      return finding({now.by, change.op}, fmt::format("{} had version {}, the next write made version {}, and {} "
                                                      "writes of unknown outcome can have come between.",
                                                      name(change.path), now.version, change.version, lost));
    }
  }
  if (excerpt_ && now.known && now.exists && now.version >= 0 && change.version >= 0 && change.version <= now.version) {
    return finding({now.by, change.op}, fmt::format("{} had version {}, and a later write made version {}.",
                                                    name(change.path), now.version, change.version));
  }
  now.version =
      change.version >= 0 ? change.version
      : now.known && now.version >= 0 && !reborn && lost_count(change.path, ChangeKind::SetData, deadline) == 0
          ? now.version + 1
          : -1;
  if (!now.known || !now.exists || reborn) now.czxid = -1;
  now.exists = true;
  now.value_known = true;
  now.value = change.value;
  return std::nullopt;
}

std::optional<Finding> Tree::apply_delete(const Change& change, NodeState& now) {
  const uint32_t deadline = t_.op(change.op).deadline();
  if (now.known && !now.exists && !lost_may(change.path, ChangeKind::Create, deadline)) {
    return finding({now.by, change.op}, fmt::format("{} was deleted though it did not exist.", name(change.path)));
  }
  const bool uncertain =
      lost_may(change.path, ChangeKind::SetData, deadline) || lost_may(change.path, ChangeKind::Create, deadline);
  if (change.asked_version >= 0 && now.known && now.exists && now.version >= 0 && now.version != change.asked_version &&
      !uncertain && !excerpt_) {
    return finding({now.by, change.op}, fmt::format("{} was deleted at version {}, but had version {}.",
                                                    name(change.path), change.asked_version, now.version));
  }
  for (Path child : children_[change.path]) {
    const NodeState& below = current(child);
    if (below.known && below.exists && !may_vanish(below, child, deadline, change.zxid)) {
      return finding({below.by, change.op},
                     fmt::format("{} was deleted though it had the child {}.", name(change.path), name(child)));
    }
  }
  now = NodeState{};
  return std::nullopt;
}

std::optional<Finding> Tree::close_session(uint32_t index) {
  const int64_t session = t_.session[index];
  const int64_t zxid = t_.op(index).zxid;
  const auto last = last_write_.find(session);
  if (last != last_write_.end() && last->second > zxid) {
    const auto later =
        std::ranges::find_if(t_.changes, [&](const Change& c) { return t_.session[c.op] == session && c.zxid > zxid; });
    return finding({index, later->op}, "A session wrote after it had been closed.");
  }
  for (Path path = 0; path < timelines_.size(); ++path) {
    if (timelines_[path].empty() || !timelines_[path].back().exists) continue;
    const NodeState& state = timelines_[path].back();
    if (!state.ephemeral || state.owner != session) continue;
    NodeState gone;
    gone.since = zxid;
    gone.by = index;
    gone.known = true;
    timelines_[path].push_back(gone);
  }
  return std::nullopt;
}

// --- what reads and refusals say ---

// With the reply that shows the node nevertheless: who took it away and who had made it, or who made it only later.
std::vector<uint32_t> Tree::who_made_it_absent(Path path, const NodeState* state, uint32_t reply) const {
  const auto& timeline = timelines_[path];
  if (state != nullptr && state->by != kNone) {
    return {state == timeline.data() ? kNone : std::prev(state)->by, state->by, reply};
  }
  const auto made = std::ranges::find_if(timeline, [](const NodeState& s) { return s.exists && s.by != kNone; });
  return {made == timeline.end() ? kNone : made->by, reply};
}

std::optional<Finding> Tree::check_read(uint32_t index) {
  const Operation& op = t_.op(index);
  if (op.zxid == kNoZxid) return std::nullopt;
  const NodeState* state = at(op.key, op.zxid);
  if (op.outcome == Outcome::Fail || op.outcome == Outcome::Mismatch) return check_refusal(index, state);
  if (op.outcome != Outcome::Ok || !is_read(op.f)) return std::nullopt;
  if (auto found = check_shown(index, state)) return found;
  if (op.f == Function::GetChildren) return check_children(index);
  return std::nullopt;
}

std::optional<Finding> Tree::check_refusal(uint32_t index, const NodeState* state) {
  const Operation& op = t_.op(index);
  const std::string_view error = t_.error(index);
  if (error == "NoNode" && op.f != Function::Create && op.f != Function::Multi) {
    if (state == nullptr || !state->known || !state->exists || may_vanish(*state, op.key, op.deadline(), op.zxid))
      return std::nullopt;
    return finding(
        {state->by, index},
        fmt::format("{} existed since zxid 0x{:x}, but the reply at zxid 0x{:x} says that there is no such node.",
                    name(op.key), state->since, op.zxid));
  }
  const Detail* detail = t_.history.detail(index);
  const bool sequential = detail != nullptr && detail->sequential;
  if (error == "NodeExists" && op.f == Function::Create && !sequential) {
    if (state == nullptr ? made_by_nobody(op.key) : !state->known || state->exists) return std::nullopt;
    if (lost_may(op.key, ChangeKind::Create, op.deadline())) return std::nullopt;
    return finding(
        who_made_it_absent(op.key, state, index),
        fmt::format("{} did not exist at zxid 0x{:x}, but the reply says that it does.", name(op.key), op.zxid));
  }
  if (error == "BadVersion" && op.asked_version >= 0 && state != nullptr && state->known && state->exists &&
      state->version == op.asked_version) {
    if (lost_may(op.key, ChangeKind::SetData, op.deadline()) || may_vanish(*state, op.key, op.deadline(), op.zxid))
      return std::nullopt;
    return finding({state->by, index},
                   fmt::format("{} had version {} at zxid 0x{:x}, but the reply says that it had not.", name(op.key),
                               state->version, op.zxid));
  }
  return std::nullopt;
}

std::optional<Finding> Tree::check_shown(uint32_t index, const NodeState* state) {
  const Operation& op = t_.op(index);
  const Path path = op.key;
  const uint32_t deadline = op.deadline();
  const bool may_be_made = lost_may(path, ChangeKind::Create, deadline);
  if (state == nullptr) {
    if (made_by_nobody(path) || may_be_made) return std::nullopt;
    return finding(who_made_it_absent(path, state, index),
                   fmt::format("{} was shown at zxid 0x{:x}, before anybody had created it.", name(path), op.zxid));
  }
  if (state->known && !state->exists) {
    if (may_be_made) return std::nullopt;
    return finding(who_made_it_absent(path, state, index),
                   fmt::format("{} did not exist at zxid 0x{:x}, but was shown.", name(path), op.zxid));
  }
  if (const Detail* detail = t_.history.detail(index)) {
    if (auto found = check_stat(index, *detail, state)) return found;
  }
  if (!state->known) return std::nullopt;
  const bool may_be_set = lost_may(path, ChangeKind::SetData, deadline) || may_be_made;
  const bool other_value = op.f == Function::GetData && state->value_known && op.result != state->value;
  if (may_be_set && other_value && !lost_value(path, op.result, deadline) && !excerpt_) {
    return finding({state->by, index},
                   fmt::format("{} was shown to hold {} at zxid 0x{:x}, which nobody can have written.", name(path),
                               t_.history.values.show(op.result), op.zxid));
  }
  if (may_be_set) return std::nullopt;
  if (op.version >= 0 && state->version >= 0 && op.version != state->version) {
    return finding({state->by, index}, fmt::format("{} had version {} at zxid 0x{:x}, but version {} was shown.",
                                                   name(path), state->version, op.zxid, op.version));
  }
  if (other_value) {
    return finding({state->by, index},
                   fmt::format("{} held {} at zxid 0x{:x}, but {} was shown.", name(path),
                               t_.history.values.show(state->value), op.zxid, t_.history.values.show(op.result)));
  }
  return std::nullopt;
}

bool Tree::lost_value(Path path, Value value, uint32_t deadline) const {
  const auto wrote = [&](uint32_t i) {
    return t_.lost[i].kind != ChangeKind::Delete && t_.lost[i].value == value && t_.op(t_.lost[i].op).call < deadline;
  };
  return std::ranges::any_of(lost_[path], wrote) || std::ranges::any_of(lost_sequential_, wrote);
}

std::optional<Finding> Tree::check_versions() const {
  struct Content {
    Value value;
    bool value_known = false;
    int64_t mzxid = kNoZxid;
    uint32_t op = kNone;
  };
  std::map<std::tuple<Path, int64_t, int32_t>, Content> contents;  // by (path, czxid, version)
  for (uint32_t i = 0; i < t_.history.operations.size(); ++i) {
    const Operation& op = t_.op(i);
    const Detail* detail = t_.history.detail(i);
    const bool shows = op.f == Function::GetData || op.f == Function::SetData || op.f == Function::Exists;
    if (op.outcome != Outcome::Ok || !shows || detail == nullptr || detail->czxid == kNoZxid || op.version < 0)
      continue;
    Content content{op.f == Function::GetData ? op.result : op.argument, op.f != Function::Exists, detail->mzxid, i};
    if (op.f == Function::SetData && content.mzxid == kNoZxid) content.mzxid = op.zxid;
    const auto [at, fresh] = contents.try_emplace({op.key, detail->czxid, op.version}, content);
    if (fresh) continue;
    Content& known = at->second;
    if (known.value_known && content.value_known && known.value != content.value) {
      return finding({known.op, i}, fmt::format("Version {} of {} has two values.", op.version, name(op.key)));
    }
    if (known.mzxid != kNoZxid && content.mzxid != kNoZxid && known.mzxid != content.mzxid) {
      return finding({known.op, i},
                     fmt::format("Version {} of {} was made by two transactions.", op.version, name(op.key)));
    }
    if (!known.value_known && content.value_known) known = content;
  }
  const std::pair<const std::tuple<Path, int64_t, int32_t>, Content>* before = nullptr;
  for (const auto& item : contents) {
    const bool same = before != nullptr && std::get<0>(before->first) == std::get<0>(item.first) &&
                      std::get<1>(before->first) == std::get<1>(item.first);
    if (same && item.second.mzxid != kNoZxid && before->second.mzxid >= item.second.mzxid) {
      return finding(
          {before->second.op, item.second.op},
          fmt::format("A later version of {} was made by an earlier transaction.", name(std::get<0>(item.first))));
    }
    before = &item;
  }
  return std::nullopt;
}

std::optional<Finding> Tree::check_stat(uint32_t index, const Detail& detail, const NodeState* state) {
  const Operation& op = t_.op(index);
  if (detail.mzxid > op.zxid || detail.czxid > op.zxid || detail.pzxid > op.zxid) {
    return finding({index}, fmt::format("The reply at zxid 0x{:x} shows a later transaction.", op.zxid));
  }
  if (!state->known) return std::nullopt;
  if (detail.mzxid != kNoZxid && detail.mzxid < state->since) {
    return finding({state->by, index},
                   fmt::format("{} was changed at zxid 0x{:x}, but the reply at zxid 0x{:x} shows it as of 0x{:x}.",
                               name(op.key), state->since, op.zxid, detail.mzxid));
  }
  const bool uncertain =
      lost_may(op.key, ChangeKind::SetData, op.deadline()) || lost_may(op.key, ChangeKind::Create, op.deadline());
  if (detail.mzxid > state->since && state->by != kNone && !uncertain && !excerpt_) {
    return finding({state->by, index},
                   fmt::format("The reply shows a change of {} at zxid 0x{:x} that nobody can have made.", name(op.key),
                               detail.mzxid));
  }
  if (detail.czxid != kNoZxid && state->czxid >= 0 && detail.czxid != state->czxid &&
      !lost_may(op.key, ChangeKind::Create, op.deadline())) {
    return finding({state->by, index}, fmt::format("{} was created at zxid 0x{:x}, but 0x{:x} is shown.", name(op.key),
                                                   state->czxid, detail.czxid));
  }
  return std::nullopt;
}

std::optional<Finding> Tree::check_children(uint32_t index) {
  const Operation& op = t_.op(index);
  if (!op.result.is_text()) return std::nullopt;
  const auto listed = nlohmann::json::parse(t_.history.values.compact(op.result), nullptr, false);
  if (!listed.is_array()) return std::nullopt;
  std::set<std::string> names;
  for (const auto& child : listed) {
    if (child.is_string()) names.insert(child.get<std::string>());
  }
  const std::string_view above = name(op.key);
  const size_t prefix = above == "/" ? 1 : above.size() + 1;
  for (Path child : children_[op.key]) {
    const std::string last(name(child).substr(prefix));
    const NodeState* state = at(child, op.zxid);
    const bool shown = names.erase(last) > 0;
    if (shown && (state == nullptr ? !made_by_nobody(child) : state->known && !state->exists) &&
        !lost_may(child, ChangeKind::Create, op.deadline())) {
      return finding(who_made_it_absent(child, state, index),
                     fmt::format("{} did not exist at zxid 0x{:x}, but was listed.", name(child), op.zxid));
    }
    if (!shown && state != nullptr && state->known && state->exists &&
        !may_vanish(*state, child, op.deadline(), op.zxid)) {
      return finding({state->by, index},
                     fmt::format("{} existed at zxid 0x{:x}, but was not listed.", name(child), op.zxid));
    }
  }
  return std::nullopt;
}

}  // namespace vivarium::checker::zookeeper
