#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "checker/history.h"
#include "checker/text_table.h"

namespace vivarium::checker::zookeeper {

using Path = uint32_t;  // in Tables::paths

enum class ChangeKind : uint8_t { Create, SetData, Delete };

// What one write, or one part of a multi, does to one node.
struct Change {
  int64_t zxid = kNoZxid;  // kNoZxid: of an operation of unknown outcome, or of one that failed
  uint32_t op = 0;         // index in History::operations
  Path path = 0;           // of a sequential create of unknown name: the prefix
  ChangeKind kind = ChangeKind::SetData;
  Value value;
  int32_t asked_version = kNoVersion;
  int32_t version = kNoVersion;  // that resulted, if told
  bool ephemeral = false;
  bool sequential = false;
};

// What the operations of a history say, in the terms of the tree.
struct Tables {
  const History& history;
  TextTable paths;                     // begins with History::keys, number by number
  std::vector<Change> changes;         // that happened, by zxid (and order within a multi)
  std::vector<Change> lost;            // that may have happened, by call
  std::vector<uint32_t> transactions;  // operations that happened and have a zxid of their own, by zxid
  std::vector<int64_t> session;        // by operation: whose it is; 0: nobody knows

  explicit Tables(const History& of);
  const Operation& op(uint32_t index) const { return history.operations[index]; }
  std::string_view error(uint32_t index) const;  // "NoNode", without quotes; empty if none
};

bool is_write(Function f);
bool is_read(Function f);

// "/a/b" -> "/a"; "/a" -> "/".
std::string_view parent_of(std::string_view path);
// The number behind a sequential node's name, or -1.
int64_t sequence_of(std::string_view path);

}  // namespace vivarium::checker::zookeeper
