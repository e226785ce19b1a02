#include "core/node/config_sources.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fmt/format.h>

namespace vivarium::node {
namespace {

using ::testing::ElementsAre;

// source: key=value, as they take over from each other.
std::vector<std::string> told(const ConfigSources& sources) {
  std::vector<std::string> out;
  for (const Setting& s : settings_of(sources))
    out.push_back(fmt::format("{}:{} {}={}", s.source, s.property.line, s.property.key, s.property.value));
  return out;
}

TEST(ConfigSources, the_later_takes_over_from_the_earlier) {
  ConfigSources sources;
  sources.file = ConfigText{"f", "tickTime=1\nserver.1=x:1:2\n"};
  sources.dynamic_file = ConfigText{"d", "server.2=y:1:2\n"};
  sources.environment = {{"ZOO_TICK_TIME", "3"},
                         {"ZOO_CFG_EXTRA", "snapCount=4  forceSync=no"},
                         {"JVMFLAGS", "-Xmx1g -Dzookeeper.snapCount=5 -Djute.maxbuffer=6 -Dother=7 -Dzookeeper.x"},
                         {"PATH", "/bin"}};
  sources.data_dir = "/d";
  EXPECT_THAT(told(sources),
              ElementsAre("JVMFLAGS:0 zookeeper.snapCount=5", "JVMFLAGS:0 jute.maxbuffer=6", "--data:0 clientPort=2181",
                          "f:1 tickTime=1", "f:2 server.1=x:1:2", "d:1 server.2=y:1:2", "ZOO_CFG_EXTRA:0 snapCount=4",
                          "ZOO_CFG_EXTRA:0 forceSync=no", "ZOO_TICK_TIME:0 tickTime=3", "--data:0 dataDir=/d"));
}

TEST(ConfigSources, zoo_servers_stand_for_all_servers_of_the_files) {
  ConfigSources sources;
  sources.file = ConfigText{"f", "server.1=x:1:2\nserver.2=y:1:2\n"};
  sources.environment = {{"ZOO_SERVERS", "server.1=a:1:2;3 server.2=b:1:2;3"}};
  EXPECT_THAT(told(sources), ElementsAre("ZOO_SERVERS:0 server.1=a:1:2;3", "ZOO_SERVERS:0 server.2=b:1:2;3"));
  sources.environment["ZOO_SERVERS"] = "";  // as the image takes it: not said
  EXPECT_EQ(told(sources).size(), 2U);
}

TEST(ConfigSources, the_environment_alone_is_as_in_the_image) {
  ConfigSources sources;
  EXPECT_FALSE(configures(sources.environment));
  EXPECT_THAT(told(sources), ElementsAre());
  sources.environment = {{"ZOO_DATA_DIR", "/data"}, {"ZOO_INIT_LIMIT", "9"}};
  EXPECT_TRUE(configures(sources.environment));
  EXPECT_THAT(told(sources), ElementsAre("the container image:0 clientPort=2181", "ZOO_DATA_DIR:0 dataDir=/data",
                                         "the container image:0 tickTime=2000", "ZOO_INIT_LIMIT:0 initLimit=9",
                                         "the container image:0 syncLimit=2"));
}

// Kubernetes sets ZOO_PORT and ZOO_SERVICE_HOST for a service that is called zoo.
TEST(ConfigSources, a_misspelt_variable_is_told_and_a_stranger_is_not) {
  EXPECT_THAT(unknown_variables({{"ZOO_TICKTIME", "1"},
                                 {"ZOO_PORT", "tcp://1"},
                                 {"ZOO_SERVICE_HOST", "h"},
                                 {"ZOO_PORT_2181_TCP", "x"},
                                 {"ZOO_TICK_TIME", "1"},
                                 {"ZOO_LOG_DIR", "/l"}}),
              ElementsAre("the variable ZOO_TICKTIME is not known (did you mean ZOO_TICK_TIME?)"));
}

}  // namespace
}  // namespace vivarium::node
