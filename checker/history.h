#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "checker/text_table.h"
#include "checker/value.h"

namespace vivarium::checker {

// Every word that "f" may have in some model; which model knows which: checker/model.h.
enum class Function : uint8_t {
  Read,
  Write,
  Cas,
  Add,
  AddAndGet,
  Acquire,
  Release,
  Remove,
  Contains,
  Create,
  Delete,
  GetData,
  SetData,
  Exists,
  GetChildren,
  Sync,
  Multi,
  CloseSession,
  Watch,    // only in events: a watch notification
  Session,  // only in events: "expired" or "closed"
};
std::string_view word_of(Function f);

enum class Outcome : uint8_t {
  Unknown,   // info, or no return at all: may have taken effect, may do so late, may never
  Ok,        // took effect between call and return
  Fail,      // took no effect
  Mismatch,  // took no effect, and testifies that at some moment between call and return its condition did not hold
};

inline constexpr uint32_t kNever = UINT32_MAX;
inline constexpr uint32_t kNone = UINT32_MAX;
inline constexpr int64_t kNoZxid = -1;
inline constexpr int32_t kNoVersion = -1;
inline constexpr int64_t kNoSession = -1;

// What ZooKeeper's requests and replies carry beyond key, value, version and zxid.
struct Detail {
  int64_t czxid = kNoZxid;
  int64_t mzxid = kNoZxid;
  int64_t pzxid = kNoZxid;
  int32_t cversion = INT32_MIN;  // -1 is a cversion that an empty root really shows
  int32_t children = -1;
  int64_t owner = -1;     // ephemeralOwner
  uint32_t path = kNone;  // the name that create made, in History::keys
  bool watch = false;
  bool ephemeral = false;
  bool sequential = false;
};

// One operation: its call and, where one was recorded, its return (ok, fail or info). `call` and `ret` are positions in
// the history; they, not the times, say what came before what. Just what judging needs, in one cache line.
struct Operation {
  uint32_t call = 0;
  uint32_t ret = kNever;  // for real-time order ask deadline(): the return of an unknown outcome orders nothing
  Value argument;         // written, expected or looked for; cas: the old value
  Value second;           // cas: the new value
  Value result;
  int64_t zxid = kNoZxid;
  int64_t process = 0;
  uint32_t key = 0;                    // in History::keys
  int32_t asked_version = kNoVersion;  // in the invoke: the version that the request demands
  int32_t version = kNoVersion;        // in the return: the version that resulted or was seen
  int16_t server = -1;
  Function f = Function::Read;
  Outcome outcome = Outcome::Unknown;

  // By when it took effect, if it did.
  uint32_t deadline() const { return outcome == Outcome::Unknown ? kNever : ret; }
};

// The rest of what was recorded of an operation.
struct Record {
  int64_t call_time = 0;  // nanoseconds; shown, never decided on
  int64_t return_time = 0;
  int64_t session = kNoSession;
  Value error;
  uint32_t detail = kNone;  // in History::details
};

// A watch notification or the end of a session, as a client saw it.
struct Event {
  uint32_t position = 0;
  uint32_t key = 0;
  int64_t time = 0;
  int64_t process = 0;
  int64_t session = kNoSession;
  int64_t zxid = kNoZxid;
  Value value;  // "NodeDataChanged", "expired", ...
  Function f = Function::Watch;
};

struct History {
  std::vector<Operation> operations;  // in order of call
  std::vector<Record> records;        // of the same
  std::vector<Event> events;          // in order of position
  std::vector<Detail> details;
  TextTable keys;
  ValueTable values;
  uint32_t positions = 0;                            // calls, returns and events
  std::string source;                                // the file's name, empty for a history built in memory
  std::vector<std::pair<uint32_t, uint32_t>> lines;  // (position, line) where a run of consecutive lines begins

  const Detail* detail(size_t operation) const {
    const uint32_t at = records[operation].detail;
    return at == kNone ? nullptr : &details[at];
  }
  uint32_t line_of(uint32_t position) const;  // 0 when built in memory
  size_t memory_bytes() const;
};

enum class HistoryFault : uint8_t {
  None,
  ReturnWithoutInvoke,
  TwoInFlight,
  TimeBackwards,
  TimeNegative,
  DifferentFunction,
  DifferentKey,
  TooManyEvents,
};

// Builds a history call by call, as a simulator or a reader meets it. A faulty call leaves the history as it was.
class HistoryBuilder {
 public:
  struct Invoke {
    int64_t process = 0;
    Function f = Function::Read;
    std::string_view key;
    Value value;   // cas: the old value
    Value second;  // cas: the new value
    int64_t time = 0;
    int32_t version = kNoVersion;
    int64_t session = kNoSession;
    int16_t server = -1;
    const Detail* detail = nullptr;
  };
  struct Return {
    int64_t process = 0;
    Value value;
    int64_t time = 0;
    int64_t zxid = kNoZxid;
    int32_t version = kNoVersion;
    int64_t session = kNoSession;
    int16_t server = -1;
    Value error;
    const Detail* detail = nullptr;  // replaces the stat part; the flags of the invoke stay
  };

  ValueTable& values() { return history_.values; }
  Value number(int64_t n) { return history_.values.number(n); }
  Value string(std::string_view text) { return history_.values.string(text); }
  uint32_t key(std::string_view text) { return history_.keys.intern(text); }

  HistoryFault invoke(const Invoke& call);
  HistoryFault ok(const Return& reply) { return finish(reply, Outcome::Ok); }
  HistoryFault fail(const Return& reply) { return finish(reply, Outcome::Fail); }
  HistoryFault mismatch(const Return& reply) { return finish(reply, Outcome::Mismatch); }
  HistoryFault info(const Return& reply) { return finish(reply, Outcome::Unknown); }
  HistoryFault event(const Event& event);  // its position is set here

  // The operation that `process` has in flight, or null.
  const Operation* in_flight(int64_t process) const;
  const History& history() const { return history_; }
  History& history() { return history_; }
  History take() && { return std::move(history_); }

 private:
  HistoryFault finish(const Return& reply, Outcome outcome);
  HistoryFault advance(int64_t time);
  uint32_t* flight_slot(int64_t process);

  History history_;
  int64_t time_ = 0;
  std::vector<uint32_t> flights_;                            // by small process number: operation + 1
  std::vector<std::pair<int64_t, uint32_t>> other_flights_;  // of the others, sorted
};

}  // namespace vivarium::checker
