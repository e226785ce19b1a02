// Recorder: what the clients did and were told, as histories for the checker: one per model that some actor serves.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "checker/history.h"
#include "checker/model.h"
#include "core/base/time.h"

namespace vivarium::sim {

struct RecordedOperation {
  checker::ModelKind model{};
  checker::Function f{};
  int64_t process = 0;  // one operation in flight each
  std::string key;
  std::optional<int64_t> value, second, result;  // numbers; what they mean depends on f
  std::string name;                              // create: the name that was made
  std::string argument_json, result_json;        // what is no number: a multi's parts, a list of children
  Time called, returned;
  uint64_t call_order = 0, return_order = 0;  // of events at one instant; 0: never returned
  checker::Outcome outcome = checker::Outcome::Unknown;
  int32_t asked_version = checker::kNoVersion, version = checker::kNoVersion;
  int64_t zxid = checker::kNoZxid, session = checker::kNoSession;
  int16_t server = -1;
  checker::Detail detail;
  std::string error;
};

// A watch event, or what happened to a session, as its client was told.
struct RecordedEvent {
  checker::Function f{};
  int64_t process = 0, session = checker::kNoSession, zxid = checker::kNoZxid;
  std::string key, what;
  Time time;
  uint64_t order = 0;
};

class Recorder {
 public:
  size_t call(RecordedOperation operation, Time now);
  RecordedOperation& at(size_t index) { return operations_[index]; }
  void finish(size_t index, checker::Outcome outcome, Time now);
  void event(RecordedEvent event, Time now);  // for the model `zookeeper`
  const std::vector<RecordedOperation>& operations() const { return operations_; }

  // Histories by model, each in order of time.
  std::vector<std::pair<checker::ModelKind, checker::History>> histories() const;

 private:
  std::vector<RecordedOperation> operations_;
  std::vector<RecordedEvent> events_;
  uint64_t order_ = 0;
};

}  // namespace vivarium::sim
