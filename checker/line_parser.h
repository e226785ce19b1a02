#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "checker/field_scanner.h"
#include "checker/history.h"
#include "checker/history_reader.h"
#include "checker/model.h"

namespace vivarium::checker {

// Turns the lines of a history's file into calls of a HistoryBuilder, one line at a time, and says what is wrong with
// the first bad one. Written for speed (a million operations are two million lines): a line's fields are located first,
// then read where they lie.
class LineParser {
 public:
  LineParser(std::string name, ModelKind model) : model_(model) { builder_.history().source = std::move(name); }

  // One line without its end; line[size] must be '\n', and kSlack bytes beyond it readable. False at the first mistake,
  // then error() says it.
  static constexpr size_t kSlack = FieldScanner::kSlack;
  bool feed(std::string_view line, uint32_t line_number);

  const std::string& error() const { return error_; }
  HistoryBuilder& builder() { return builder_; }

  // For readers of other formats: an error at a place of their own.
  bool fail_at(uint32_t line_number, size_t column, std::string_view what);

 private:
  using Field = FieldScanner::Field;
  using Shape = FieldScanner::Shape;
  using enum FieldScanner::Field;

  static constexpr uint32_t kDetailFields = 1u << kCzxid | 1u << kMzxid | 1u << kPzxid | 1u << kCversion |
                                            1u << kChildren | 1u << kOwner | 1u << kPath | 1u << kWatch |
                                            1u << kEphemeral | 1u << kSequential;

  bool fail(const char* at, std::string_view what);
  bool wrong(Field field, std::string_view expected);  // the field's value is of the wrong type or out of range
  bool fault(HistoryFault fault);

  bool has(Field field) const { return scanner_.has(field); }
  std::string_view text(Field field) const { return scanner_.text(field); }

  bool whole_number(Field field, int64_t least, int64_t most, int64_t& out);
  bool string(Field field, std::string_view& out);
  bool flag(Field field, bool& out);
  bool value(Field field, Value& out) { return value(text(field), scanner_.shape(field), field, out); }
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

  FieldScanner scanner_;
  std::string_view line_;
  uint32_t line_number_ = 0;
  std::string key_scratch_;
  bool times_given_ = true;
};

}  // namespace vivarium::checker
