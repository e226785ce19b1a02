#include "sim/trace.h"

#include <gtest/gtest.h>
#include <zstd.h>

#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>
#include <sstream>

#include "tests/sim/fake_machine_support.h"
#include "tests/support/trace_text.h"

namespace vivarium::sim {
namespace {

std::vector<nlohmann::json> lines(const std::string& text) {
  std::vector<nlohmann::json> out;
  std::istringstream in(text);
  for (std::string line; std::getline(in, line);) out.push_back(nlohmann::json::parse(line));
  return out;
}

std::string content(const std::string& path) {
  std::ifstream in(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), {}};
}

World traced() {
  World world(testing::fake_ensemble(2));
  world.trace_on();
  world.run_until(Time{} + milliseconds(200));
  world.kill(1);
  world.run_until(Time{} + milliseconds(300));
  return world;
}

TEST(Trace, HasAHeaderEventsWithCausesAndAFooter) {
  const World world = traced();
  TraceHeader header = world.trace_header();
  header.scenario = "a \"quoted\" name";
  const std::string text = format_trace(world.trace(), header, world.trace_hash());
  EXPECT_EQ(vivarium::testing::read_trace_text(text).wrong, "");
  const auto all = lines(text);
  ASSERT_EQ(all.size(), world.seq() + 2);
  EXPECT_EQ(all[0]["format"], "vivarium-trace");
  EXPECT_EQ(all[0]["scenario"], "a \"quoted\" name");
  EXPECT_EQ(all[0]["seed"], 7);
  EXPECT_EQ(all[0]["nodes"][1]["name"], "s2");
  std::map<uint64_t, std::string> kinds;
  int64_t t = 0;
  bool killed = false;
  for (size_t i = 1; i + 1 < all.size(); ++i) {
    EXPECT_EQ(all[i]["seq"], i);
    EXPECT_GE(all[i]["t"].get<int64_t>(), t);
    t = all[i]["t"];
    kinds[i] = all[i]["kind"];
    killed |= kinds[i] == "killed" && all[i]["node"] == 1;
    if (kinds[i] == "received") {  // is caused by the send of the same stream and offset
      const auto& send = all[all[i]["cause"].get<size_t>()];
      EXPECT_EQ(send["kind"], "send");
      EXPECT_EQ(send["stream"], all[i]["stream"]);
      EXPECT_LE(send["offset"], all[i]["offset"]);
      EXPECT_EQ(all[i]["label"], "PING");
    }
  }
  EXPECT_TRUE(killed);
  const auto& footer = all.back();
  EXPECT_EQ(footer["events"], world.seq());
  EXPECT_GT(footer["kinds"]["note"], 10);
  EXPECT_EQ(footer["trace_hash"], fmt::format("{:016x}", world.trace_hash()));
}

TEST(Trace, ACompressedFileIsTheSameText) {
  const World world = traced();
  const std::string folder = ::testing::TempDir();
  const std::string plain = folder + "trace_test.jsonl", packed = folder + "trace_test.jsonl.zst";
  ASSERT_TRUE(write_trace(plain, world.trace(), world.trace_header(), world.trace_hash()));
  ASSERT_TRUE(write_trace(packed, world.trace(), world.trace_header(), world.trace_hash()));
  const std::string text = content(plain), small = content(packed);
  EXPECT_EQ(text, format_trace(world.trace(), world.trace_header(), world.trace_hash()));
  EXPECT_LT(small.size(), text.size() / 4);
  std::string unpacked(text.size(), '\0');
  ZSTD_DCtx* context = ZSTD_createDCtx();
  ZSTD_outBuffer out{unpacked.data(), unpacked.size(), 0};
  ZSTD_inBuffer in{small.data(), small.size(), 0};
  EXPECT_EQ(ZSTD_decompressStream(context, &out, &in), 0u);
  ZSTD_freeDCtx(context);
  EXPECT_EQ(unpacked, text);
  std::filesystem::remove(plain);
  std::filesystem::remove(packed);
  EXPECT_FALSE(write_trace("/nowhere/trace.jsonl", world.trace(), world.trace_header(), world.trace_hash()));
}

// The reader that this test and those of running servers use can fail.
TEST(Trace, AReaderSeesWhatIsWrong) {
  const World world = traced();
  const std::string text = format_trace(world.trace(), world.trace_header(), world.trace_hash());
  const auto wrong_without = [&](size_t line) {
    std::istringstream in(text);
    std::string out;
    for (std::string each; std::getline(in, each);) out += line-- == 0 ? "" : each + "\n";
    return vivarium::testing::read_trace_text(out).wrong;
  };
  EXPECT_NE(wrong_without(0), "") << "the header";
  EXPECT_NE(wrong_without(5), "") << "the counts";
  const auto wrong_with = [&](const std::string& from, const std::string& to) {
    std::string changed = text;
    changed.replace(changed.find(from), from.size(), to);
    return vivarium::testing::read_trace_text(changed).wrong;
  };
  EXPECT_EQ(wrong_with("\"seq\"", "\"seq\""), "");
  EXPECT_NE(wrong_with("\"kind\":\"send\"", "\"kind\":\"sand\""), "");
  EXPECT_NE(wrong_with("\"offset\"", "\"off\""), "");
  EXPECT_NE(wrong_with("\"seq\":7,", "\"seq\":3,"), "");
}

TEST(Trace, EveryKindHasAName) {
  std::set<std::string> names;
  for (size_t kind = 0; kind < kRecordKinds; ++kind) names.insert(record_name(static_cast<RecordKind>(kind)));
  EXPECT_EQ(names.size(), kRecordKinds);
}

}  // namespace
}  // namespace vivarium::sim
