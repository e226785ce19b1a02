// A folder that goes with its test.
#pragma once

#include <gtest/gtest.h>
#include <stdlib.h>

#include <filesystem>
#include <string>

namespace vivarium::posix {

class Folder {
 public:
  Folder() {
    std::string name = testing::TempDir() + "/vivariumd-XXXXXX";
    if (::mkdtemp(name.data()) != nullptr) root_ = name;
    EXPECT_FALSE(root_.empty());
  }
  ~Folder() {
    std::error_code ignored;
    if (!root_.empty()) std::filesystem::remove_all(root_, ignored);
  }
  Folder(const Folder&) = delete;
  Folder& operator=(const Folder&) = delete;
  std::string path(const std::string& name) const { return root_ + "/" + name; }

 private:
  std::string root_;
};

}  // namespace vivarium::posix
