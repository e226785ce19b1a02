// Where in a JSON text (comments allowed) each value stands: by JSON pointer, with its key and its own words.
// nlohmann/json gives values without places; errors for people need both.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace vivarium::sim {

struct TextPosition {
  int64_t line = 1, column = 1;  // from 1; columns count characters, not bytes
  auto operator<=>(const TextPosition&) const = default;
};
TextPosition position_at(std::string_view text, size_t offset);

// One step of a JSON pointer: "/faults/0/what~1x".
std::string pointer_to(const std::string& parent, std::string_view key);
std::string pointer_to(const std::string& parent, size_t index);

class JsonPositions {
 public:
  static constexpr int kMaxDepth = 32;
  // Of a text that a JSON parser has accepted.
  explicit JsonPositions(std::string_view text);

  TextPosition value(const std::string& pointer) const;
  TextPosition key(const std::string& pointer) const;        // of the key of this value; the value itself in a list
  std::string_view words(const std::string& pointer) const;  // the value as it was typed
  // Keys that stand twice in one object: where the second ones are.
  struct Twice {
    std::string pointer;
    size_t offset;
  };
  const std::vector<Twice>& twice() const { return twice_; }
  std::optional<size_t> too_deep() const { return too_deep_; }

 private:
  struct Place {
    size_t key, begin, end;
  };
  void blank();
  void read_value(const std::string& pointer, size_t key, int depth);
  std::string read_string();
  template <class F>
  void read_members(char close, F member);

  std::string_view text_;
  size_t at_ = 0;
  std::map<std::string, Place> places_;
  std::vector<Twice> twice_;
  std::optional<size_t> too_deep_;
};

}  // namespace vivarium::sim
