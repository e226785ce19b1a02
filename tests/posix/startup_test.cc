#include "core/posix/startup.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>

#include "tests/posix/folder.h"

namespace vivarium::posix {
namespace {

using ::testing::HasSubstr;

void write(const std::string& path, const std::string& text) { std::ofstream(path) << text; }

TEST(Startup, a_file_that_is_not_there_is_told_from_one_that_cannot_be_read) {
  const Folder folder;
  write(folder.path("f"), "text");
  EXPECT_EQ(content_of(folder.path("f")), "text");
  EXPECT_EQ(content_of(folder.path("none")), std::nullopt);
  const auto directory = content_of(folder.path(""));
  ASSERT_FALSE(directory);
  EXPECT_THAT(directory.error(), HasSubstr("cannot be read: Is a directory"));
}

TEST(Startup, gathers_the_file_what_it_names_and_the_environment) {
  const Folder folder;
  write(folder.path("zoo.cfg"),
        fmt::format("dataDir={}\ndynamicConfigFile={}\n", folder.path(""), folder.path("dynamic")));
  write(folder.path("dynamic"), "server.1=a:1:2\n");
  write(folder.path("myid"), "1\n");
  const auto sources = gather_sources({folder.path("zoo.cfg"), "", false}, {{"ZOO_TICK_TIME", "5"}});
  ASSERT_TRUE(sources) << sources.error();
  EXPECT_EQ(sources->dynamic_file->text, "server.1=a:1:2\n");
  EXPECT_EQ(sources->myid, "1\n");
  EXPECT_EQ(sources->environment.size(), 1U);
  std::filesystem::remove(folder.path("dynamic"));
  const auto without = gather_sources({folder.path("zoo.cfg"), "", false}, {});
  ASSERT_FALSE(without);
  EXPECT_EQ(without.error(),
            "dynamicConfigFile: " + folder.path("dynamic") + " cannot be read: No such file or directory");
}

TEST(Startup, where_a_container_keeps_its_file) {
  const Folder folder;
  write(folder.path("zoo.cfg"), "dataDir=/d\n");
  const auto sources = gather_sources({}, {{"ZOO_CONF_DIR", folder.path("")}});
  ASSERT_TRUE(sources);
  EXPECT_EQ(sources->file->text, "dataDir=/d\n");
  EXPECT_FALSE(gather_sources({}, {{"ZOO_CONF_DIR", folder.path("none")}}));
  EXPECT_TRUE(gather_sources({}, {{"ZOO_CONF_DIR", folder.path("none")}, {"ZOO_DATA_DIR", "/d"}}));
  EXPECT_EQ(gather_sources({}, {}).error(), "say a zoo.cfg, --data DIR, or the variable ZOO_DATA_DIR");
}

TEST(Startup, takes_the_variables_of_a_server_and_no_others) {
  ::setenv("ZOO_TICK_TIME", "5=6", 1);
  const auto environment = environment_of_server();
  ::unsetenv("ZOO_TICK_TIME");
  EXPECT_EQ(environment.at("ZOO_TICK_TIME"), "5=6");
  EXPECT_FALSE(environment.contains("PATH"));
}

TEST(Startup, what_the_machine_says_of_itself) {
  for (const auto& [name, value] : machine_environment()) EXPECT_NE(value, "") << name;
  EXPECT_EQ(machine_environment().size(), 7U);
}

}  // namespace
}  // namespace vivarium::posix
