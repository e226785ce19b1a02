// traceFile: what running servers write is a trace like the simulator's, and the files of an ensemble become one.
#include "core/posix/tracer.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <signal.h>

#include <array>
#include <fstream>

#include "tests/posix/daemon.h"
#include "tests/posix/free_port.h"
#include "tests/support/trace_text.h"

namespace vivarium::posix {
namespace {

using vivarium::testing::read_trace_text;
using vivarium::testing::TraceText;

TraceText trace_of(const std::string& path) {
  std::ifstream in(path);
  return read_trace_text({std::istreambuf_iterator<char>(in), {}});
}

std::set<std::string> kinds_in(const TraceText& trace) {
  std::set<std::string> kinds;
  for (const auto& event : trace.events) kinds.insert(event["kind"].get<std::string>());
  return kinds;
}

TEST(Tracer, a_server_alone) {
  const Folder folder;
  Daemon daemon(folder.path("d"), free_port(), "traceFile=" + folder.path("t") + "\n");
  daemon.start();
  ASSERT_TRUE(daemon.serves());
  {
    Session session({daemon.port()});
    EXPECT_EQ(session.ask(client::Create{"/a", Bytes("x")}).outcome, client::Outcome::kOk);
    session.close();
  }
  daemon.signal(SIGTERM);
  EXPECT_EQ(daemon.wait(), 0);
  const TraceText trace = trace_of(folder.path("t"));
  EXPECT_EQ(trace.wrong, "");
  EXPECT_TRUE(trace.footer);
  EXPECT_THAT(kinds_in(trace), ::testing::IsSupersetOf({"started", "accepted", "received", "send", "close", "note",
                                                        "disk", "durable", "tick", "space", "listen", "exited"}));
  bool replied = false, told = false;
  std::vector<std::string> said;  // by the client and to it
  for (const auto& event : trace.events) {
    const bool bytes = event["kind"] == "received" || event["kind"] == "send";
    if (bytes && event.contains("text") && event["text"] != "srvr") said.push_back(event["text"]);
    told |= event.value("text", "").starts_with("create /a \"x\"; digest 0x") && event.value("note", "") == "proposed";
    if (event.value("label", "") != "client-reply") continue;
    replied = true;
    EXPECT_GT(event["cause"].get<uint64_t>(), 0U);
  }
  EXPECT_TRUE(replied);
  EXPECT_TRUE(told) << "what a transaction does";
  using ::testing::MatchesRegex;
  EXPECT_THAT(said, ::testing::ElementsAre("connect 0x0", MatchesRegex("session 0x[0-9a-f]+"), "#1 create /a",
                                           MatchesRegex("#1 ok 0x[0-9a-f]+"), "#2 closeSession",
                                           MatchesRegex("#2 ok 0x[0-9a-f]+")));
}

TEST(Tracer, is_cut_where_a_server_is_killed_and_reads_all_the_same) {
  const Folder folder;
  Daemon daemon(folder.path("d"), free_port(), "traceFile=" + folder.path("t") + "\n");
  daemon.start();
  ASSERT_TRUE(daemon.serves());
  daemon.signal(SIGKILL);
  daemon.wait();
  const TraceText trace = trace_of(folder.path("t"));
  EXPECT_EQ(trace.wrong, "");
  EXPECT_FALSE(trace.footer);
  EXPECT_GT(trace.events.size(), 10U);
}

TEST(Tracer, a_file_that_cannot_be_made_is_told_before_anybody_is_served) {
  const Folder folder;
  Daemon daemon(folder.path("d"), free_port(), "traceFile=" + folder.path("no/t") + "\n");
  daemon.start();
  EXPECT_EQ(daemon.wait(), 3);
  EXPECT_THAT(daemon.journal(), ::testing::HasSubstr("no/t cannot be written: No such file or directory"));
}

// ---- several servers
// -------------------------------------------------------------------------------------------------

struct Moment {
  int64_t wall_ns;
  size_t file;
  const nlohmann::json* event;
};

// All events in the order of their time. One machine has one clock, so that a cause comes before its effect.
std::vector<Moment> merged(const std::vector<TraceText>& traces) {
  std::vector<Moment> all;
  for (size_t file = 0; file < traces.size(); ++file) {
    const auto start = traces[file].header["start_wall_ns"].get<int64_t>();
    for (const auto& event : traces[file].events) all.push_back({start + event["t"].get<int64_t>(), file, &event});
  }
  std::ranges::stable_sort(all, {}, &Moment::wall_ns);
  return all;
}

TEST(Tracer, files_of_an_ensemble_become_one_where_each_receipt_follows_what_was_sent) {
  const Folder folder;
  std::string lines = "tickTime=200\ninitLimit=10\nsyncLimit=5\n";
  for (int i = 1; i <= 3; ++i) lines += fmt::format("server.{}=127.0.0.1:{}:{}\n", i, free_port(), free_port());
  std::array<std::unique_ptr<Daemon>, 3> servers;
  for (int i = 1; i <= 3; ++i) {
    const std::string data = folder.path(fmt::format("s{}", i));
    std::filesystem::create_directories(data);
    std::ofstream(data + "/myid") << i << "\n";
    auto& server = servers[static_cast<size_t>(i - 1)];
    server = std::make_unique<Daemon>(data, free_port(), lines + fmt::format("traceFile={}/trace\n", data));
    server->start();
  }
  for (auto& server : servers) ASSERT_TRUE(server->serves()) << server->journal();
  {
    Session session({servers[0]->port()});
    for (int i = 0; i < 20; ++i)
      ASSERT_EQ(session.ask(client::Create{fmt::format("/n{}", i), Bytes("x")}).outcome, client::Outcome::kOk);
  }
  for (auto& server : servers) server->signal(SIGTERM);
  for (auto& server : servers) EXPECT_EQ(server->wait(), 0);

  std::vector<TraceText> traces;
  for (int i = 1; i <= 3; ++i) {
    traces.push_back(trace_of(folder.path(fmt::format("s{}/trace", i))));
    ASSERT_EQ(traces.back().wrong, "");
    EXPECT_EQ(traces.back().header["server"], i);
    EXPECT_EQ(traces.back().header["nodes"].size(), 3U);
  }
  std::map<uint64_t, size_t> sender;  // stream -> file
  std::set<std::pair<size_t, size_t>> pairs;
  int64_t received = 0;
  std::map<std::string, int> labels;
  for (const auto& trace : traces) {  // who sends on a stream
    for (const auto& event : trace.events) {
      if (event["kind"] == "send")
        sender[event["stream"].get<uint64_t>()] = static_cast<size_t>(&trace - traces.data());
    }
  }
  constexpr int64_t kClocksDiffer = 2'000'000;  // wall clocks are read in ms when a server starts
  std::map<uint64_t, std::vector<std::pair<int64_t, int64_t>>> sends;  // stream -> (end offset, time)
  const std::vector<Moment> order = merged(traces);
  for (const Moment& moment : order) {
    const nlohmann::json& event = *moment.event;
    if (event["kind"] != "send") continue;
    ++labels[event.value("label", "")];
    sends[event["stream"].get<uint64_t>()].emplace_back(event["offset"].get<int64_t>() + event["size"].get<int64_t>(),
                                                        moment.wall_ns);
  }
  for (const Moment& moment : order) {
    const nlohmann::json& event = *moment.event;
    if (event["kind"] != "received") continue;
    const auto stream = event["stream"].get<uint64_t>();
    const auto from = sender.find(stream);
    if (from == sender.end()) continue;  // a client's
    EXPECT_NE(from->second, moment.file);
    const int64_t end = event["offset"].get<int64_t>() + event["size"].get<int64_t>();
    const auto& of_stream = sends[stream];
    const auto covered = std::ranges::find_if(of_stream, [&](const auto& send) { return send.first >= end; });
    ASSERT_NE(covered, of_stream.end()) << "received and never sent: " << event;
    EXPECT_LE(covered->second, moment.wall_ns + kClocksDiffer) << event;
    pairs.insert({from->second, moment.file});
    ++received;
  }
  EXPECT_GT(received, 100);
  EXPECT_EQ(pairs.size(), 6U) << "each has heard from each";
  EXPECT_GE(labels["PROPOSAL"], 40);
  EXPECT_GE(labels["COMMIT"], 40);
}

}  // namespace
}  // namespace vivarium::posix
