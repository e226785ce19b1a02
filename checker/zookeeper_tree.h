#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "checker/zookeeper_history.h"

namespace vivarium::checker::zookeeper {

// Something that contradicts the contract: the operations (and watch events) that show it, and the rule.
struct Finding {
  std::vector<uint32_t> operations;
  std::vector<uint32_t> events;  // in History::events
  std::string rule;              // "replay", "real-time", "session", "watch", ...: half of a fingerprint
  std::vector<std::string> why;
};

// A node from one change of it to the next.
struct NodeState {
  int64_t since = 0;    // the zxid of the change
  uint32_t by = kNone;  // the operation; kNone: before the history
  bool known = false;   // whether it exists is known
  bool exists = false;
  int32_t version = -1;  // -1: not known
  int64_t czxid = -1;
  bool value_known = false;
  Value value;
  bool ephemeral = false;
  int64_t owner = 0;  // the session, of an ephemeral
};

// The tree over all of the history, as the known writes made it in the order of their zxids. Each write's reply is held
// to the state that it met; what contradicts it may be explained by a write of unknown outcome on the same node, called
// before the reply came, or by the end of an ephemeral's session.
class Tree {
 public:
  // excerpt: operations may be missing, nothing is known of any node before its first change.
  Tree(const Tables& tables, bool excerpt);

  std::optional<Finding> replay();  // holds every write to the state it met
  // Of one life of a node (path, czxid) each version has one value and one transaction, and later versions later ones,
  // whoever shows them.
  std::optional<Finding> check_versions() const;
  std::optional<Finding> check_read(uint32_t index);   // holds a read (or refused write) with a zxid to the state then
  const NodeState* at(Path path, int64_t zxid) const;  // null: nothing known
  const std::vector<NodeState>& states(Path path) const { return timelines_[path]; }

  // Whether a write of unknown outcome can have done this to the node before position `deadline`.
  bool lost_may(Path path, ChangeKind kind, uint32_t deadline) const { return lost_count(path, kind, deadline) > 0; }
  // ... or whether anything may have made a node vanish unseen by `zxid`.
  bool lost_ephemeral(Path path, uint32_t deadline) const;
  bool may_vanish(const NodeState& state, Path path, uint32_t deadline, int64_t zxid) const;

 private:
  size_t lost_count(Path path, ChangeKind kind, uint32_t deadline) const;
  NodeState& current(Path path);
  std::optional<Finding> apply(const Change& change);
  std::optional<Finding> apply_create(const Change& change, NodeState& now);
  std::optional<Finding> apply_set(const Change& change, NodeState& now);
  std::optional<Finding> apply_delete(const Change& change, NodeState& now);
  std::optional<Finding> close_session(uint32_t index);
  std::optional<Finding> check_sequence(const Change& change);
  std::optional<Finding> check_refusal(uint32_t index, const NodeState* state);
  std::optional<Finding> check_shown(uint32_t index, const NodeState* state);
  std::optional<Finding> check_stat(uint32_t index, const Detail& detail, const NodeState* state);
  std::optional<Finding> check_children(uint32_t index);
  std::vector<uint32_t> who_made_it_absent(Path path, const NodeState* state, uint32_t reply) const;
  bool lost_value(Path path, Value value, uint32_t deadline) const;
  bool made_by_nobody(Path path) const;
  Finding finding(std::vector<uint32_t> operations, std::string why) const;
  std::string_view name(Path path) const { return t_.paths[path]; }

  const Tables& t_;
  bool excerpt_;
  std::vector<std::vector<NodeState>> timelines_;  // by path, by zxid
  std::vector<std::vector<uint32_t>> lost_;        // by path: indices in Tables::lost
  std::vector<uint32_t> lost_sequential_;          // creates of unknown name
  std::vector<bool> created_;                      // somebody tried to create it
  std::vector<std::vector<Path>> children_;        // that the history ever names
  std::map<std::pair<Path, int64_t>, std::pair<int64_t, uint32_t>>
      sequences_;                          // (parent, its czxid) -> (last number, op)
  std::map<int64_t, int64_t> last_write_;  // of each session: the zxid of its last known write
};

}  // namespace vivarium::checker::zookeeper
