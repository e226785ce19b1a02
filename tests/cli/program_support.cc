#include <gtest/gtest.h>
#include <stdlib.h>
#include <sys/wait.h>

#include <filesystem>
#include <fstream>
#include <sstream>

#include "tests/cli/program.h"

namespace vivarium::cli {

namespace {
std::string text_of(const std::string& path) {
  std::ostringstream text;
  text << std::ifstream(path, std::ios::binary).rdbuf();
  return text.str();
}
}  // namespace

Execution execute(const std::string& arguments, const std::string& environment) {
  return execute_program(VIVARIUM_BINARY_DIR "/vivarium", arguments, environment);
}

Execution execute_program(const std::string& program, const std::string& arguments, const std::string& environment) {
  const Folder folder;
  const std::string command = "cd '" VIVARIUM_SOURCE_DIR "' && " + environment + " '" + program + "' " + arguments +
                              " >'" + folder.path("out") + "' 2>'" + folder.path("err") + "' </dev/null";
  const int status = std::system(command.c_str());
  return {WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status), folder.read("out"), folder.read("err")};
}

Folder::Folder() {
  std::string name = testing::TempDir() + "/vivarium-cli-XXXXXX";
  if (::mkdtemp(name.data()) != nullptr) root_ = name;
  EXPECT_FALSE(root_.empty());
}

Folder::~Folder() {
  std::error_code ignored;
  if (!root_.empty()) std::filesystem::remove_all(root_, ignored);
}

std::string Folder::write(const std::string& name, const std::string& text) const {
  std::ofstream(path(name), std::ios::binary) << text;
  return path(name);
}

std::string Folder::read(const std::string& name) const { return text_of(path(name)); }

}  // namespace vivarium::cli
