#include "core/node/admin_reports.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/node/admin_scene.h"

namespace vivarium::node {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

constexpr const char* kVersionLine = "Zookeeper version: 3.9.5-vivarium, built on 01/01/2026 00:00 UTC\n";

class AdminReports : public ::testing::Test {
 protected:
  void busy() {
    scene.figures.zxid = Zxid{0x100000002};
    scene.figures.connections = 3;
    scene.figures.outstanding = 1;
    scene.figures.nodes = 5;
    scene.figures.traffic.received = 12;
    scene.figures.traffic.sent = 11;
    scene.figures.traffic.answered_after(milliseconds(1));
    scene.figures.traffic.answered_after(microseconds(2500));
  }
  // A client of session 0x100000000000001, which has read once.
  void connect(uint64_t conn = 2) {
    scene.clients.accept(ConnId{conn}, {"10.0.0.1", 40000}, Time::never(), 1'795'342'300'000);
    scene.clients.bind(ConnId{conn}, SessionId{0x100000000000000 + static_cast<int64_t>(conn) - 1});
    ClientConnection& client = *scene.clients.change(ConnId{conn});
    client.timeout_ms = 30000;
    client.last_zxid_replied = Zxid{0x100000002};
    client.figures.traffic.received = 2;
    client.figures.traffic.sent = 1;
    client.figures.answered(wire::OpCode::kGetData, 3, Time{seconds(90).ns}, Time{seconds(90).ns + 4'000'000});
  }
  AdminScene scene;
};

TEST_F(AdminReports, srvr_reads_like_upstreams) {
  busy();
  scene.figures.standalone = false;
  EXPECT_EQ(report_srvr(scene.view()),
            std::string(kVersionLine) +
                "Latency min/avg/max: 1/1.7500/2\nReceived: 12\nSent: 11\nConnections: 3\nOutstanding: 1\n"
                "Zxid: 0x100000002\nMode: leader\nNode count: 5\nProposal sizes last/min/max: -1/-1/-1\n");
  scene.figures.standalone = true;
  EXPECT_TRUE(report_srvr(scene.view()).ends_with("Mode: standalone\nNode count: 5\n"));
  scene.figures.short_of_space = true;
  EXPECT_THAT(report_srvr(scene.view()), HasSubstr("Alarm: the disk is short of space, writes are refused\n"));
}

TEST_F(AdminReports, stat_and_cons_list_the_connections) {
  connect();
  scene.clients.accept(ConnId{4}, {"::1", 9}, Time::never(), 0);
  EXPECT_THAT(report_stat(scene.view()),
              HasSubstr(std::string(kVersionLine) + "Clients:\n /10.0.0.1:40000[1](queued=0,recved=2,sent=1)\n"
                                                    " /[::1]:9[1](queued=0,recved=0,sent=0)\n\nLatency min/avg/max"));
  EXPECT_EQ(report_cons(scene.view()),
            " /10.0.0.1:40000[1](queued=0,recved=2,sent=1,sid=0x100000000000001,lop=GETD,est=1795342300000,to=30000,"
            "lcxid=0x3,lzxid=0x100000002,lresp=90004,llat=4,minlat=4,avglat=4,maxlat=4)\n"
            " /[::1]:9[1](queued=0,recved=0,sent=0)\n\n");
}

TEST_F(AdminReports, watches_are_counted_and_listed) {
  connect(2);
  connect(4);
  scene.watches.add_data(Bytes("/a"), ConnId{2});
  scene.watches.add_data(Bytes("/b"), ConnId{2});
  scene.watches.add_data(Bytes("/a"), ConnId{4});
  scene.watches.add_child(Bytes("/c"), ConnId{4});
  EXPECT_EQ(report_wchs(scene.view()), "2 connections watching 2 paths\nTotal watches:3\n");
  EXPECT_EQ(report_wchp(scene.view()), "/a\n\t0x100000000000001\n\t0x100000000000003\n/b\n\t0x100000000000001\n\n");
  EXPECT_EQ(report_wchc(scene.view()), "0x100000000000001\n\t/a\n\t/b\n0x100000000000003\n\t/a\n\n");
  scene.watches.add(Bytes("/a"), ConnId{2}, wire::AddWatchMode::kPersistent);
  EXPECT_EQ(report_wchs(scene.view()), "2 connections watching 2 paths\nTotal watches:3\n") << "modes do not count";
  scene.watches.add(Bytes("/"), ConnId{4}, wire::AddWatchMode::kPersistentRecursive);
  EXPECT_EQ(report_wchs(scene.view()), "2 connections watching 3 paths\nTotal watches:4\n");
  EXPECT_THAT(report_mntr(scene.view()), HasSubstr("zk_watch_count\t6\n"));
}

TEST_F(AdminReports, dump_shows_sessions_and_their_ephemerals) {
  const SessionId session{0x100000000000001};
  scene.state.sessions.set(session, 30000);
  PersistentSet<Bytes> paths;
  paths.insert(Bytes("/e"));
  scene.state.ephemerals.set(session, paths);
  scene.sessions.start(scene.state.sessions, scene.now.steady);
  const std::string tail =
      "ephemeral nodes dump:\nSessions with Ephemerals (1):\n0x100000000000001:\n\t/e\nConnections dump:\n";
  EXPECT_EQ(report_dump(scene.view()),
            "SessionTracker dump:\nSession Sets (1)/(1):\n1 expire at Sun Nov 22 10:13:12 UTC 2026:\n"
            "\t0x100000000000001\n" +
                tail);
  scene.figures.role = zab::Role::kFollowing;
  EXPECT_EQ(report_dump(scene.view()),
            "SessionTracker dump:\nGlobal Sessions(1):\n0x100000000000001\t30000ms\n" + tail);
}

TEST_F(AdminReports, mntr_gives_a_key_a_tab_and_a_value) {
  busy();
  scene.figures.standalone = false;
  scene.figures.learners = 2;
  scene.figures.synced_followers = 1;
  scene.figures.log_syncs = 7;
  scene.figures.started = Time{seconds(40).ns};
  const std::string text = report_mntr(scene.view());
  for (const char* line :
       {"zk_server_state\tleader\n", "zk_avg_latency\t1.7500\n", "zk_packets_received\t12\n",
        "zk_num_alive_connections\t3\n", "zk_znode_count\t5\n", "zk_uptime\t60000\n", "zk_learners\t2\n",
        "zk_synced_followers\t1\n", "zk_short_of_space\t0\n", "zk_cnt_fsynctime\t7\n"})
    EXPECT_THAT(text, HasSubstr(line));
  scene.figures.standalone = true;
  EXPECT_THAT(report_mntr(scene.view()), Not(HasSubstr("zk_learners")));
}

TEST_F(AdminReports, mntr_tells_of_the_machine_where_it_is_known) {
  EXPECT_THAT(report_mntr(scene.view()), Not(HasSubstr("file_descriptor")));
  scene.figures.machine = {12, 1024, 1000, 2000};
  for (const char* line : {"zk_open_file_descriptor_count\t12\n", "zk_max_file_descriptor_count\t1024\n"})
    EXPECT_THAT(report_mntr(scene.view()), HasSubstr(line));
  EXPECT_EQ(report_dirs(scene.view()), "datadir_size: 1000\nlogdir_size: 2000\n");
}

TEST_F(AdminReports, a_leader_tells_the_sizes_of_what_it_proposed) {
  scene.figures.standalone = false;
  for (const int64_t bytes : {30, 10, 20}) scene.figures.proposal_sizes.add(bytes);
  EXPECT_THAT(report_srvr(scene.view()), HasSubstr("Proposal sizes last/min/max: 20/10/30\n"));
  EXPECT_THAT(report_mntr(scene.view()),
              HasSubstr("zk_last_proposal_size\t20\nzk_min_proposal_size\t10\nzk_max_proposal_size\t30\n"));
}

TEST_F(AdminReports, conf_names_what_the_server_runs_with) {
  scene.config.data_dir = scene.config.log_dir = "/d";
  const std::string alone = report_conf(scene.view());
  EXPECT_TRUE(alone.starts_with("clientPort=2181\nsecureClientPort=-1\ndataDir=/d/version-2\n")) << alone;
  EXPECT_TRUE(alone.ends_with("serverId=0\n")) << alone;
  scene.figures.standalone = false;
  scene.config.ensemble.servers[Sid{1}].quorum = {"a", 2888};
  scene.config.ensemble.servers[Sid{1}].election = {"a", 3888};
  EXPECT_TRUE(report_conf(scene.view())
                  .ends_with("serverId=1\ninitLimit=10\nsyncLimit=5\nelectionAlg=3\n"
                             "electionPort=3888\nquorumPort=2888\npeerType=0\nmembership: \n"
                             "server.1=a:2888:3888:participant;0.0.0.0:2181\nversion=0"));
  scene.config.ensemble.membership = "server.1=a:2888:3888:participant\nversion=0";  // of its zoo.cfg
  EXPECT_TRUE(report_conf(scene.view()).ends_with("membership: \nserver.1=a:2888:3888:participant\nversion=0"));
}

TEST_F(AdminReports, who_is_there) {
  EXPECT_EQ(report_ruok(scene.view()), "imok");
  EXPECT_EQ(report_isro(scene.view()), "rw");
  EXPECT_THAT(report_envi(scene.view()), HasSubstr("Environment:\nzookeeper.version=3.9.5"));
  scene.config.environment = {{"host.name", "zk1"}, {"os.name", "Linux"}};
  EXPECT_TRUE(report_envi(scene.view()).ends_with("UTC\nhost.name=zk1\nos.name=Linux\n"));
}

}  // namespace
}  // namespace vivarium::node
