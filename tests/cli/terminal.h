// Executes the built program on a terminal of its own.
#pragma once

#include <sys/types.h>

#include <functional>
#include <string>
#include <vector>

namespace vivarium::cli {

class Terminal {
 public:
  explicit Terminal(int columns = 80) : columns_(columns) {}
  ~Terminal();
  Terminal(const Terminal&) = delete;
  Terminal& operator=(const Terminal&) = delete;

  void set(const std::string& variable, const std::string& value) { variables_.emplace_back(variable, value); }
  void start(const std::vector<std::string>& arguments);
  // Reads until it is so; false: the program has ended before.
  bool until(const std::function<bool(const std::string& bytes)>& so);
  void signal(int number) const;
  int wait();  // for its end: the exit code, or 128 + the signal
  const std::string& bytes() const { return bytes_; }
  // What a person sees in the end, line by line; and the longest line that was ever there.
  std::vector<std::string> screen() const;
  size_t longest() const;

 private:
  bool read_some();

  int columns_;
  std::vector<std::pair<std::string, std::string>> variables_;
  pid_t pid_ = -1;
  int end_ = -1;
  std::string bytes_;
};

}  // namespace vivarium::cli
