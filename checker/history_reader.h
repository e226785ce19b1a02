#pragma once

#include <cstddef>
#include <expected>
#include <span>
#include <string>
#include <string_view>

#include "checker/history.h"
#include "checker/model.h"

namespace vivarium::checker {

struct InputError {
  enum class Kind : uint8_t {
    BadInput,  // the file is not a history of this model
    Io,        // the file cannot be read
    TooLarge,  // the history alone exceeds the memory limit
  };
  Kind kind = Kind::BadInput;
  std::string message;  // one line: "file:line:column: what, what was expected, what to type instead"
};

struct ReadOptions {
  ModelKind model = ModelKind::CasRegister;
  size_t memory_limit_bytes = SIZE_MAX;
};

// Reads a history: JSON lines in the format of checker/README.md, or Jepsen's EDN (told apart by their first bytes).
std::expected<History, InputError> read_history(const std::string& path, const ReadOptions& options);
std::expected<History, InputError> parse_history(std::string_view text, const std::string& name,
                                                 const ReadOptions& options);

// The same operations as JSON lines. The second form: of some operations and events of `whole`; sources[i] is the index
// there of operations[i] (empty: the same).
std::string to_json_lines(const History& history);
std::string to_json_lines(const History& whole, std::span<const Operation> operations,
                          std::span<const uint32_t> sources, std::span<const Event> events);

}  // namespace vivarium::checker
