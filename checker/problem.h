#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "checker/history.h"

namespace vivarium::checker {

// A state of the object under test, by number. For the plain kinds of operation below it *is* a value; a CustomModel
// numbers its states itself.
using State = uint32_t;

// The value class of everything that no read or condition ever asks about: such values cannot be told apart.
inline constexpr State kOtherValue = 0;
inline constexpr uint32_t kNoRank = UINT32_MAX;

enum class StepKind : uint8_t {
  Equals,   // observes: the state is `a`
  Differs,  // observes: the state is not `a`
  Write,    // whatever the state was, it becomes `a`
  Swap,     // the state is `a` and becomes `b`
  CustomObserve,
  CustomStep,
};

// One operation on one key, as the search sees it.
struct Step {
  uint32_t call = 0;      // positions in Problem::events
  uint32_t ret = kNever;  // kNever: the outcome is unknown
  State a = 0;
  State b = 0;
  uint32_t effect = 0;      // steps with equal effect are interchangeable but for their intervals
  uint32_t rank = kNoRank;  // effects: place in the order that the replies claim; observers: effects claimed to precede
  uint32_t source = 0;      // index in History::operations
  StepKind kind = StepKind::Equals;
  bool required = true;  // false: may take effect at any time after its call, or never
  // For custom kinds; what they mean is the model's business.
  int64_t x = 0;
  int64_t y = 0;

  bool observes() const {
    return kind == StepKind::Equals || kind == StepKind::Differs || kind == StepKind::CustomObserve;
  }
};

// States that are more than one value: versioned znodes, counters, whole sets.
class CustomModel {
 public:
  CustomModel() = default;
  CustomModel(const CustomModel&) = delete;
  CustomModel& operator=(const CustomModel&) = delete;
  virtual ~CustomModel() = default;
  virtual bool holds(const Step& step, State state) = 0;               // CustomObserve
  virtual bool apply(const Step& step, State state, State& next) = 0;  // CustomStep; false: not possible in this state
  virtual std::string show(State state) const = 0;
  virtual size_t memory_bytes() const = 0;
};

// The operations on one key, ready for a search.
struct Problem {
  std::vector<Step> steps;       // in order of call
  std::vector<uint32_t> events;  // step << 1, | 1 for its return; in order
  std::vector<State> initial;    // what the state may be before the first event
  uint32_t values = 1;           // states of the plain kinds are below this
  uint32_t slots = 0;            // most steps that are open at once
  bool ranked = false;
  std::shared_ptr<CustomModel> custom;

  size_t memory_bytes() const { return steps.capacity() * sizeof(Step) + events.capacity() * sizeof(uint32_t); }
};

}  // namespace vivarium::checker
