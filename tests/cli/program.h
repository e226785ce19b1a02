// Executes the built program as a user would, with its streams kept apart.
#pragma once

#include <string>
#include <vector>

namespace vivarium::cli {

struct Execution {
  int exit_code = -1;
  std::string out, err;
};

// `arguments` are words for a shell; the working directory is the source tree.
Execution execute(const std::string& arguments, const std::string& environment = "");
// The same of another program, by its path.
Execution execute_program(const std::string& program, const std::string& arguments,
                          const std::string& environment = "");

// A folder of this test alone, removed with it.
class Folder {
 public:
  Folder();
  ~Folder();
  Folder(const Folder&) = delete;
  Folder& operator=(const Folder&) = delete;
  std::string path(const std::string& name) const { return root_ + "/" + name; }
  std::string write(const std::string& name, const std::string& text) const;  // gives its path
  std::string read(const std::string& name) const;

 private:
  std::string root_;
};

}  // namespace vivarium::cli
