#include "core/posix/data_directory.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>

#include "tests/posix/folder.h"

namespace vivarium::posix {
namespace {

using ::testing::HasSubstr;

node::ServerConfig config_of(const std::string& data_dir, const std::string& log_dir) {
  node::ServerConfig config;
  config.node.data_dir = data_dir;
  config.node.log_dir = log_dir;
  return config;
}

std::string refused(const node::ServerConfig& config) {
  DataDirectory directory;
  const auto claimed = directory.claim(config);
  return claimed ? "claimed" : claimed.error();
}

TEST(DataDirectory, is_made_and_is_ones_own_until_the_end) {
  const Folder folder;
  const auto config = config_of(folder.path("a/b"), folder.path("log"));
  {
    DataDirectory mine;
    ASSERT_TRUE(mine.claim(config));
    EXPECT_TRUE(std::filesystem::is_directory(folder.path("a/b/version-2")));
    EXPECT_TRUE(std::filesystem::is_directory(folder.path("log/version-2")));
    EXPECT_EQ(refused(config), "another vivariumd is running on " + folder.path("a/b/version-2") +
                                   ": stop it, or give this one another dataDir and dataLogDir");
    EXPECT_THAT(refused(config_of(folder.path("c"), folder.path("log"))), HasSubstr("log/version-2"))
        << "the log alone is as bad";
  }
  EXPECT_EQ(refused(config), "claimed");
  EXPECT_EQ(refused(config_of(folder.path("d"), folder.path("d"))), "claimed") << "one directory for both";
}

TEST(DataDirectory, is_not_made_when_that_is_forbidden) {
  const Folder folder;
  auto config = config_of(folder.path("a"), folder.path("a"));
  config.make_data_dir = false;
  EXPECT_EQ(refused(config), folder.path("a") + " is not there, and datadir.autocreate is off");
  std::filesystem::create_directories(folder.path("a"));
  EXPECT_EQ(refused(config), "claimed");
}

TEST(DataDirectory, says_what_stands_in_its_way) {
  const Folder folder;
  std::ofstream(folder.path("file")) << "x";
  const std::string said = refused(config_of(folder.path("file/data"), folder.path("file/data")));
  EXPECT_THAT(said, HasSubstr("the data directory cannot be made: mkdir"));
  EXPECT_THAT(said, HasSubstr("Not a directory"));
}

TEST(DataDirectory, remembers_who_it_belongs_to_once) {
  const Folder folder;
  ASSERT_TRUE(DataDirectory::write_myid(folder.path(""), "7"));
  std::string line;
  std::getline(std::ifstream(folder.path("myid")), line);
  EXPECT_EQ(line, "7");
  EXPECT_FALSE(DataDirectory::write_myid(folder.path(""), "8"));
}

TEST(DataDirectory, figures) {
  const Folder folder;
  std::ofstream(folder.path("a")) << "12345";
  std::ofstream(folder.path("b")) << "123";
  EXPECT_EQ(bytes_in(folder.path("")), 8);
  EXPECT_EQ(bytes_in(folder.path("nothing")), 0);
  const int64_t before = open_files();
  const std::ifstream one(folder.path("a")), two(folder.path("b"));
  EXPECT_EQ(open_files(), before + 2);
  EXPECT_GT(open_files_max(), before);
}

}  // namespace
}  // namespace vivarium::posix
