// A tree of znodes so dumb that it can be read at a glance: one std::map of paths, no indices, whole copies. It knows
// upstream's rules by its own words and serves as the other opinion on prepare(), apply() and read().
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "core/tree/prepare.h"

namespace vivarium::tree::testing {

// Who asks. Identities are spelled out both ways: as requests carry them, and by the rules the model needs.
struct Person {
  int64_t session;
  std::vector<wire::AclId> identities;
};
const std::vector<Person>& people();
wire::AclList acl_choice(size_t i);  // as a client sends it; some are invalid
inline constexpr size_t kAclChoices = 9;

struct Step {
  wire::OpCode type{};
  size_t person = 0;
  std::optional<std::string> path, data;
  size_t acl = 0;
  int32_t flags = 0, version = -1;
  int64_t ttl = -1;
  std::vector<Step> operations;  // of a multi
};
Request request_of(const Step& step, int32_t cxid);

struct ModelNode {
  std::optional<std::string> data;
  wire::AclList acl;
  int64_t czxid = 0, mzxid = 0, pzxid = 0, ctime = 0, mtime = 0, owner = 0;
  int32_t version = 0, creates = 0, aversion = 0;
  int64_t mark = 0;  // of a container or a time to live, where other nodes have an owner; not shown to clients
};

struct Verdict {
  wire::ErrorCode error{};
  std::vector<wire::ErrorCode> multi;  // one each, when there was a multi that upstream could read
  std::string created;
};

struct Model {
  std::map<std::string, ModelNode> nodes;
  std::set<int64_t> sessions;
  bool extended = false;  // takes nodes with a time to live

  Model();
  Verdict execute(const Step& step, int64_t zxid, int64_t time);
  std::set<std::string> children(const std::string& path) const;
  wire::Stat stat(const std::string& path) const;
  int64_t digest() const;  // from scratch, with a CRC of its own

 private:
  Verdict operation(const Step& step, int64_t zxid, int64_t time);
  Verdict create(const Step& step, int64_t zxid, int64_t time);
  Verdict remove(const Step& step, int64_t zxid);
  Verdict remove_left(const Step& step, int64_t zxid);
  Verdict change(const Step& step, int64_t zxid, int64_t time);
};

// "" where state and model agree in everything that can be seen, the first difference otherwise.
std::string difference(const State& state, const Model& model);

}  // namespace vivarium::tree::testing
