// One line on a terminal that is written over itself, at most ten times a second; nothing where stderr is no terminal.
// However the program ends, by a signal too, the line is gone and the cursor at its beginning.
#pragma once

#include <chrono>
#include <string>

namespace vivarium::cli {

class LiveLine {
 public:
  LiveLine();
  ~LiveLine();
  LiveLine(const LiveLine&) = delete;
  LiveLine& operator=(const LiveLine&) = delete;

  bool on() const { return on_; }
  bool due();                          // a tenth of a second has passed since it was last
  void show(const std::string& text);  // as much of it as fits
  void clear();

 private:
  using Clock = std::chrono::steady_clock;
  bool on_;
  bool shown_ = false;
  Clock::time_point last_{};
};

// Of the terminal at stderr; 80 where it does not say.
size_t terminal_columns();
bool colors_on_stderr();  // a terminal, and no NO_COLOR

}  // namespace vivarium::cli
