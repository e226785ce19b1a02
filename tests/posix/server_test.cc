// vivariumd, standalone and as an ensemble on loopback, with the real client.
#include "core/posix/server.h"

#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <fstream>

#include "core/posix/clock.h"
#include "tests/posix/daemon.h"
#include "tests/posix/free_port.h"

namespace vivarium::posix {
namespace {

using client::Outcome;
using ::testing::HasSubstr;

TEST(Vivariumd, serves_keeps_what_it_acknowledged_and_ends_as_told) {
  const Folder folder;
  Daemon daemon(folder.path("data"), free_port());
  daemon.start();
  ASSERT_TRUE(daemon.serves()) << daemon.journal();
  {
    Session session({daemon.port()});
    EXPECT_EQ(session.ask(client::Create{"/a", Bytes("one")}).path, "/a");
    EXPECT_EQ(session.ask(client::Create{"/e", Bytes("x"), wire::CreateMode::kEphemeral}).outcome, Outcome::kOk);
    std::vector<client::Request> writes;
    for (int i = 0; i < 500; ++i) writes.emplace_back(client::SetData{"/a", Bytes(std::to_string(i))});
    for (const client::Completion& done : session.ask_all(writes)) ASSERT_EQ(done.outcome, Outcome::kOk);
    daemon.signal(SIGKILL);
    EXPECT_EQ(daemon.wait(), 128 + SIGKILL);
    daemon.start();
    ASSERT_TRUE(daemon.serves()) << daemon.journal();
    EXPECT_EQ(session.ask_until_ok(client::GetData{"/a"}).data.view(), "499");  // the session lives on
    EXPECT_EQ(session.ask(client::Exists{"/e"}).outcome, Outcome::kOk);
    session.close();
  }
  Session other({daemon.port()});
  EXPECT_EQ(other.ask(client::Exists{"/e"}).error, wire::ErrorCode::kNoNode);
  daemon.signal(SIGTERM);
  EXPECT_EQ(daemon.wait(), 0);
  EXPECT_THAT(daemon.journal(), HasSubstr("ends, as it was told"));
}

// However long that takes: to read a pipe takes for ever.
TEST(Vivariumd, ends_as_told_while_it_recovers) {
  for (const int signal : {SIGTERM, SIGINT}) {
    const Folder folder;
    std::filesystem::create_directories(folder.path("data/version-2"));
    ASSERT_EQ(::mkfifo(folder.path("data/version-2/acceptedEpoch").c_str(), 0600), 0);
    Daemon daemon(folder.path("data"), free_port());
    daemon.start();
    const int directory = ::open(folder.path("data/version-2").c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    for (const Time end = steady_now() + seconds(10); steady_now() < end; ::usleep(10'000)) {
      if (::flock(directory, LOCK_EX | LOCK_NB) != 0) break;  // the server has it
      ::flock(directory, LOCK_UN);
    }
    ::usleep(300'000);
    daemon.signal(signal);
    EXPECT_EQ(daemon.wait(), 0) << daemon.journal();
    EXPECT_THAT(daemon.journal(), HasSubstr("before it has recovered"));
    ::close(directory);
  }
}

// The snapshot thread reads a State that the core goes on changing beside it; under ThreadSanitizer a shared count that
// both touch ends the process with another code than 0.
TEST(Vivariumd, snapshots_are_written_while_it_serves) {
  const Folder folder;
  Daemon daemon(folder.path("data"), free_port(), "snapCount=40\npreAllocSize=64\nautopurge.purgeInterval=1ms\n");
  daemon.start();
  ASSERT_TRUE(daemon.serves());
  Session session({daemon.port()});
  constexpr int kNodes = 1500;
  for (int from = 0; from < kNodes; from += 100) {
    std::vector<client::Request> creates;
    for (int i = from; i < from + 100; ++i) creates.emplace_back(client::Create{fmt::format("/n{}", i), Bytes("x")});
    for (const client::Completion& done : session.ask_all(creates)) ASSERT_EQ(done.outcome, Outcome::kOk);
  }
  daemon.signal(SIGTERM);
  EXPECT_EQ(daemon.wait(), 0) << daemon.journal();
  int snapshots = 0;
  for (const auto& entry : std::filesystem::directory_iterator(folder.path("data/version-2")))
    snapshots += entry.path().filename().string().starts_with("snapshot.") ? 1 : 0;
  EXPECT_GE(snapshots, 1);
  EXPECT_LE(snapshots, 4) << "what is not needed any more is removed";
  daemon.start();
  ASSERT_TRUE(daemon.serves()) << daemon.journal();
  EXPECT_EQ(session.ask_until_ok(client::GetChildren2{"/"}).stat.num_children, kNodes + 1);
}

TEST(Vivariumd, watches_fire_and_expired_sessions_end) {
  const Folder folder;
  Daemon daemon(folder.path("data"), free_port(), "tickTime=100\n");
  daemon.start();
  ASSERT_TRUE(daemon.serves());
  Session watcher({daemon.port()});
  {
    Session lost({daemon.port()}, 200);
    ASSERT_EQ(lost.ask(client::Create{"/e", {}, wire::CreateMode::kEphemeral}).outcome, Outcome::kOk);
    ASSERT_EQ(watcher.ask(client::Exists{"/e", true}).outcome, Outcome::kOk);
  }  // its connection is gone, without a word
  const Time end = steady_now() + seconds(10);
  while (watcher.ask(client::Exists{"/e"}).outcome == Outcome::kOk && steady_now() < end) {
  }
  const auto events = watcher.events();
  ASSERT_EQ(events.size(), 1U);
  EXPECT_EQ(events[0].type, wire::WatchEventType::kNodeDeleted);
}

TEST(Vivariumd, garbage_harms_its_own_connection_only) {
  const Folder folder;
  Daemon daemon(folder.path("data"), free_port());
  daemon.start();
  ASSERT_TRUE(daemon.serves());
  Session session({daemon.port()});
  ASSERT_EQ(session.ask(client::Create{"/a", {}}).outcome, Outcome::kOk);
  EXPECT_EQ(raw_answer(daemon.port(), std::string("\xff\xff\xff\xff", 4)), "");  // a negative length
  EXPECT_EQ(raw_answer(daemon.port(), std::string("\x7f\xff\xff\xff", 4)), "");  // two gigabytes to come
  EXPECT_EQ(raw_answer(daemon.port(), std::string("\0\0\0\4abcd", 8)), "");      // no ConnectRequest
  EXPECT_EQ(raw_answer(daemon.port(), "GET / HTTP/1.1\r\n\r\n"), "");
  EXPECT_EQ(raw_answer(daemon.port(), "ruok"), "ruok is not executed because it is not in the whitelist.\n");
  EXPECT_EQ(session.ask(client::Exists{"/a"}).outcome, Outcome::kOk);
}

TEST(Vivariumd, bad_configuration_exits_with_2_and_bad_data_with_3) {
  const Folder folder;
  {
    Daemon daemon(folder.path("d1"), free_port(), "tickTime=soon\n");
    daemon.start();
    EXPECT_EQ(daemon.wait(), 2);
    EXPECT_THAT(daemon.journal(), HasSubstr("d1.cfg:4: tickTime=soon: expected a whole number"));
    EXPECT_FALSE(std::filesystem::exists(folder.path("d1")));
  }
  std::filesystem::create_directories(folder.path("d2/version-2"));
  std::ofstream(folder.path("d2/version-2/log.1")) << "this is no log at all, but it says something";
  Daemon daemon(folder.path("d2"), free_port());
  daemon.start();
  EXPECT_EQ(daemon.wait(), 3);
  EXPECT_THAT(daemon.journal(), HasSubstr("version-2/log.1 at offset 0"));
}

TEST(Vivariumd, a_port_that_is_taken_ends_it) {
  const Folder folder;
  const uint16_t port = free_port();
  Daemon first(folder.path("d1"), port), second(folder.path("d2"), port);
  first.start();
  ASSERT_TRUE(first.serves());
  second.start();
  EXPECT_EQ(second.wait(), 1);
  EXPECT_THAT(second.journal(),
              HasSubstr(fmt::format("cannot listen for clients: 127.0.0.1:{}: Address already in use: another program "
                                    "listens there (ss -ltnp shows which); stop it, or choose another port",
                                    port)));
}

TEST(Vivariumd, a_directory_has_one_server_at_a_time) {
  const Folder folder;
  Daemon first(folder.path("d"), free_port());
  first.start();
  ASSERT_TRUE(first.serves());
  Daemon second(folder.path("other"), free_port(), fmt::format("dataDir={}\n", folder.path("d")));
  second.start();
  EXPECT_EQ(second.wait(), 3);
  EXPECT_THAT(second.journal(), HasSubstr("another vivariumd is running on " + folder.path("d") + "/version-2"));
  EXPECT_TRUE(first.serves());
  first.signal(SIGKILL);
  first.wait();
  second.start();
  EXPECT_TRUE(second.serves()) << "the lock went with the process: " << second.journal();
}

TEST(Vivariumd, variables_take_over_from_the_file_and_name_a_new_directory) {
  const Folder folder;
  const uint16_t port = free_port();
  Daemon daemon(folder.path("d"), port, "initLimit=5\nsyncLimit=2\n4lw.commands.whitelist=ruok\n");
  daemon.set("ZOO_4LW_COMMANDS_WHITELIST", "conf,srvr");
  daemon.set("ZOO_TICK_TIME", "700");
  daemon.set("ZOO_MY_ID", "3");
  daemon.set("ZOO_SERVERS", fmt::format("server.3=127.0.0.1:{}:{} server.4=127.0.0.1:{}:{}", free_port(), free_port(),
                                        free_port(), free_port()));
  daemon.start();
  const Time end = steady_now() + seconds(10);
  while (!daemon.journal().contains("server 3 looking") && steady_now() < end) {
  }
  daemon.signal(SIGTERM);
  EXPECT_EQ(daemon.wait(), 0) << daemon.journal();
  daemon.set("ZOO_MY_ID", "4");
  daemon.start();
  EXPECT_EQ(daemon.wait(), 2);
  EXPECT_THAT(daemon.journal(), HasSubstr("ZOO_MY_ID is 4, and myid in " + folder.path("d") +
                                          " is 3: that directory is another server's"));
}

TEST(Vivariumd, check_says_where_each_value_comes_from_and_touches_nothing) {
  const Folder folder;
  Daemon daemon(folder.path("d"), 2181, "snapCount=9\nflushDelay=5\n");
  daemon.set("JVMFLAGS", "-Dzookeeper.snapCount=8 -Dzookeeper.forceSync=no");
  daemon.start({"--check"});
  EXPECT_EQ(daemon.wait(), 0);
  const std::string text = daemon.output();
  EXPECT_THAT(text, HasSubstr(fmt::format("# from {}.cfg\ndataDir={}\n", folder.path("d"), folder.path("d"))));
  EXPECT_THAT(text, HasSubstr("snapCount=9\n# from JVMFLAGS\nforceSync=false\n# defaults\n"));
  EXPECT_THAT(daemon.journal(), HasSubstr(".cfg:5: flushDelay tunes a part that this server does not have"));
  EXPECT_THAT(daemon.journal(), HasSubstr("forceSync is off: what was acknowledged is lost when the power fails"));
  EXPECT_FALSE(std::filesystem::exists(folder.path("d")));
}

TEST(Vivariumd, without_forceSync_it_serves_all_the_same) {
  const Folder folder;
  Daemon daemon(folder.path("d"), free_port(), "forceSync=no\n");
  daemon.start();
  ASSERT_TRUE(daemon.serves());
  Session session({daemon.port()});
  EXPECT_EQ(session.ask(client::Create{"/a", {}}).outcome, Outcome::kOk);
}

TEST(Vivariumd, words_of_the_machine) {
  const Folder folder;
  Daemon daemon(folder.path("d"), free_port(), "4lw.commands.whitelist=*\npreAllocSize=64\n");
  daemon.start();
  ASSERT_TRUE(daemon.serves());
  EXPECT_THAT(raw_answer(daemon.port(), "dirs"),
              ::testing::MatchesRegex("datadir_size: [0-9]+\nlogdir_size: [0-9]+\n"));
  const std::string figures = raw_answer(daemon.port(), "mntr");
  EXPECT_THAT(figures, ::testing::ContainsRegex("zk_open_file_descriptor_count\t[1-9][0-9]*\n"));
  EXPECT_THAT(figures, ::testing::ContainsRegex("zk_max_file_descriptor_count\t[1-9][0-9]*\n"));
  const std::string environment = raw_answer(daemon.port(), "envi");
  for (const char* name : {"host.name", "os.name", "os.arch", "os.version", "user.name", "user.home", "user.dir"})
    EXPECT_THAT(environment, HasSubstr(fmt::format("\n{}=", name)));
}

// ---- an ensemble
// -----------------------------------------------------------------------------------------------------

class Ensemble {
 public:
  Ensemble() {
    std::string lines = "tickTime=200\ninitLimit=10\nsyncLimit=5\n";
    for (int i = 1; i <= 3; ++i) lines += fmt::format("server.{}=127.0.0.1:{}:{}\n", i, free_port(), free_port());
    for (int i = 1; i <= 3; ++i) {
      const std::string data = folder_.path(fmt::format("s{}", i));
      std::filesystem::create_directories(data);
      std::ofstream(data + "/myid") << i << "\n";
      servers_[static_cast<size_t>(i - 1)] = std::make_unique<Daemon>(data, free_port(), lines);
    }
  }
  Daemon& operator[](size_t i) { return *servers_[i]; }
  std::vector<uint16_t> ports() const { return {servers_[0]->port(), servers_[1]->port(), servers_[2]->port()}; }
  void start() {
    for (auto& server : servers_) server->start();
  }
  bool serves() const {
    return std::ranges::all_of(servers_, [](const auto& server) { return server->serves(); });
  }
  size_t leader() const {
    for (size_t i = 0; i < 3; ++i) {
      if (raw_answer(servers_[i]->port(), "srvr").find("Mode: leader") != std::string::npos) return i;
    }
    return 3;
  }

 private:
  Folder folder_;
  std::array<std::unique_ptr<Daemon>, 3> servers_;
};

TEST(Vivariumd, an_ensemble_outlives_its_leaders) {
  Ensemble ensemble;
  ensemble.start();
  ASSERT_TRUE(ensemble.serves()) << ensemble[0].journal();
  Session session(ensemble.ports());
  ASSERT_EQ(session.ask(client::Create{"/a", Bytes("0")}).outcome, Outcome::kOk);
  for (int round = 1; round <= 3; ++round) {
    const size_t leader = ensemble.leader();
    ASSERT_LT(leader, 3U);
    ensemble[leader].signal(SIGKILL);
    ensemble[leader].wait();
    session.ask_until_ok(client::SetData{"/a", Bytes(std::to_string(round))});  // twice is harmless
    ensemble[leader].start();
    ASSERT_TRUE(ensemble.serves()) << ensemble[leader].journal();
  }
  for (size_t i = 0; i < 3; ++i) {
    Session reader({ensemble[i].port()});
    reader.ask(client::Sync{"/a"});
    EXPECT_EQ(reader.ask(client::GetData{"/a"}).data.view(), "3") << i;
  }
}

}  // namespace
}  // namespace vivarium::posix
