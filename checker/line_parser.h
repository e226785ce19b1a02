#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "checker/history.h"
#include "checker/history_reader.h"
#include "checker/model.h"

namespace vivarium::checker {

// Turns the lines of a history's file into calls of a HistoryBuilder, one line at a time, and says what is wrong with
// the first bad one. Written for speed (a million operations are two million lines): a line's fields are located first,
// guessing that they come in the order of the line before, and read where they lie.
class LineParser {
 public:
  LineParser(std::string name, ModelKind model) : model_(model) { builder_.history().source = std::move(name); }

  // One line without its end; line[size] must be '\n', and kSlack bytes beyond it readable. False at the first mistake,
  // then error() says it.
  static constexpr size_t kSlack = 32;
  bool feed(std::string_view line, uint32_t line_number);

  const std::string& error() const { return error_; }
  HistoryBuilder& builder() { return builder_; }

  // For readers of other formats: an error at a place of their own.
  bool fail_at(uint32_t line_number, size_t column, std::string_view what);

 private:
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

  static constexpr uint32_t kDetailFields = 1u << kCzxid | 1u << kMzxid | 1u << kPzxid | 1u << kCversion |
                                            1u << kChildren | 1u << kOwner | 1u << kPath | 1u << kWatch |
                                            1u << kEphemeral | 1u << kSequential;

  bool fail(const char* at, std::string_view what);
  bool wrong(Field field, std::string_view expected);  // the field's value is of the wrong type or out of range
  bool fault(HistoryFault fault);

  bool locate_fields();
  bool field_name(const char*& at, size_t nth, Field& field);
  const char* skip_value(const char* at, Shape& shape);  // null after failing
  const char* skip_string(const char* at, Shape& shape);
  const char* skip_number(const char* at, Shape& shape);
  const char* skip_nested(const char* at);  // an array or an object
  bool has(Field field) const { return (present_ >> field & 1) != 0; }
  std::string_view text(Field field) const { return spans_[field]; }

  bool whole_number(Field field, int64_t least, int64_t most, int64_t& out);
  bool string(Field field, std::string_view& out);
  bool flag(Field field, bool& out);
  bool value(Field field, Value& out) { return value(text(field), shapes_[field], field, out); }
  bool value(std::string_view json, const Shape& shape, Field blame, Value& out);
  bool pair(Value& first, Value& second);
  bool session(int64_t& out);
  bool detail(Detail& out);
  bool function(Function& out);

  bool record();
  bool record_invoke(Function f, int64_t process, int64_t time);
  bool record_return(char type, Function f, int64_t process, int64_t time);
  bool record_event(int64_t process, int64_t time);
  bool right_result(Function f, Value result, char type);
  bool right_argument(Function f, Value argument);
  void note_line();

  HistoryBuilder builder_;
  ModelKind model_;
  std::string error_;

  std::string_view line_;
  uint32_t line_number_ = 0;
  uint32_t present_ = 0;
  std::array<std::string_view, kFieldCount> spans_;
  std::array<Shape, kFieldCount> shapes_;
  std::array<Field, kFieldCount> order_ = {kType, kProcess, kF, kKey, kValue, kTime, kZxid, kVersion};
  std::string key_scratch_;
  bool times_given_ = true;
};

}  // namespace vivarium::checker
