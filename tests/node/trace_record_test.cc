#include "core/node/trace_record.h"

#include <gtest/gtest.h>

#include <set>
#include <string>

namespace vivarium::node {
namespace {

TEST(TraceRecord, every_kind_has_a_name_of_its_own) {
  std::set<std::string> names;
  for (size_t kind = 0; kind < kTraceKinds; ++kind) names.insert(trace_kind_name(static_cast<TraceKind>(kind)));
  EXPECT_EQ(names.size(), kTraceKinds);
}

TEST(TraceRecord, every_member_counts_in_the_hash) {
  const TraceRecord plain;
  std::set<uint64_t> hashes = {hash_record(1, plain), hash_record(2, plain)};
  const auto add = [&](auto change) {
    TraceRecord record;
    change(record);
    hashes.insert(hash_record(1, record));
  };
  add([](TraceRecord& r) { r.kind = TraceKind::kSend; });
  add([](TraceRecord& r) { r.label = Label::kAck; });
  add([](TraceRecord& r) { r.node = 1; });
  add([](TraceRecord& r) { r.t = Time{1}; });
  add([](TraceRecord& r) { r.seq = 1; });
  add([](TraceRecord& r) { r.stream = 1; });
  add([](TraceRecord& r) { r.a = 1; });
  add([](TraceRecord& r) { r.b = 1; });
  add([](TraceRecord& r) { r.c = 1; });
  add([](TraceRecord& r) { r.d = 1; });
  add([](TraceRecord& r) { r.bytes_hash = 1; });
  EXPECT_EQ(hashes.size(), 13U);
}

}  // namespace
}  // namespace vivarium::node
