#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <string_view>

namespace vivarium::checker {

// Finds the fields of one JSON object on one line, without building anything. Written for speed: it guesses that the
// fields come in the order of the line before, and leaves the values where they lie.
class FieldScanner {
 public:
  enum Field : uint8_t {
    kType,
    kProcess,
    kF,
    kKey,
    kValue,
    kTime,
    kZxid,
    kVersion,
    kSession,
    kServer,
    kError,
    kIndex,
    kCzxid,
    kMzxid,
    kPzxid,
    kCversion,
    kChildren,
    kOwner,
    kPath,
    kWatch,
    kEphemeral,
    kSequential,
    kFieldCount
  };
  struct Shape {  // what was learned of a value while it was skipped
    int64_t number = 0;
    bool whole = false;   // a whole number of at most 18 digits
    bool simple = false;  // a string of printable ASCII without escapes
  };
  struct Mistake {
    const char* at = nullptr;
    std::string what;
  };

  // line[size] must be '\n', and kSlack bytes beyond it readable. False: see mistake().
  static constexpr size_t kSlack = 32;
  bool scan(std::string_view line);

  bool has(Field field) const { return (present_ >> field & 1) != 0; }
  bool has_any(uint32_t fields) const { return (present_ & fields) != 0; }  // 1u << field | ...
  std::string_view text(Field field) const { return spans_[field]; }        // as it stands there
  const Shape& shape(Field field) const { return shapes_[field]; }
  static std::string_view name(Field field);

  // To the end of the value that begins at `at`; null: see mistake().
  const char* skip_value(const char* at, Shape& shape);
  const Mistake& mistake() const { return mistake_; }

 private:
  bool fail(const char* at, std::string what);
  bool field_name(const char*& at, size_t nth, Field& field);
  const char* skip_string(const char* at, Shape& shape);
  const char* skip_number(const char* at, Shape& shape);
  const char* skip_nested(const char* at);  // an array or an object

  Mistake mistake_;
  uint32_t present_ = 0;
  std::array<std::string_view, kFieldCount> spans_;
  std::array<Shape, kFieldCount> shapes_;
  std::array<Field, kFieldCount> order_ = {kType, kProcess, kF, kKey, kValue, kTime, kZxid, kVersion};
};

// An example of what is expected; a byte, and enough of a text to recognise it by, as an error shows them.
extern const std::string_view kExampleLine;
std::string show_byte(char c);
std::string excerpt(std::string_view text);

inline const char* skip_space(const char* at) {
  while (*at == ' ' || *at == '\t' || *at == '\r') ++at;
  return at;
}

}  // namespace vivarium::checker
