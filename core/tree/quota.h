// Quotas: what stands below /zookeeper/quota/<path> bounds the subtree of <path> (upstream: Quotas, StatsTrack,
// DataTree). zookeeper_limits holds the bounds and is the clients'; zookeeper_stats holds count and bytes, kept by
// every apply without a transaction of its own: it changes neither version nor mzxid, and the digest leaves it out
// (facts 2.10). Only the deepest quota above a node is kept up with it; loading counts every subtree afresh, nested
// ones included, as upstream does.
#pragma once

#include <map>
#include <optional>
#include <string>

#include "core/tree/state.h"

namespace vivarium::tree {

// The text of both nodes: "count=2,bytes=8", behind which others stand as "=;byteHardLimit=9;countHardLimit=3".
struct StatsTrack {
  std::map<std::string, int64_t> values;

  // nullopt: no such text. Upstream's server ends of one that a client wrote; here it is nobody's quota.
  static std::optional<StatsTrack> read(const Bytes& text);
  int64_t value(const char* key) const;  // -1: not said
  int64_t count() const { return value("count"); }
  int64_t bytes() const { return value("bytes"); }
  std::string text() const;
};

// A node came, went or changed its data.
void count_in_quota(State& state, std::string_view path, int64_t bytes_more, int64_t nodes_more);
// A node was created: where it is a zookeeper_stats, the subtree that it is about is counted into it.
void begin_quota(State& state, std::string_view path);
// As after loading: every subtree that has limits is counted.
void recount_quotas(State& state);

// Whether a change is within the hard limits above it (countHardLimit, byteHardLimit): kOk, kQuotaExceeded, or
// kMarshallingError where limits or statistics are no such text. Soft limits (count, bytes) only warn upstream's
// operators.
wire::ErrorCode judge_quota(const State& state, std::string_view path, int64_t bytes_more, int64_t nodes_more);

}  // namespace vivarium::tree
