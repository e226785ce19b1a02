#pragma once

#include <cstdint>

#include "checker/history.h"
#include "checker/model.h"

namespace vivarium::checker {

// How the replies of an object's operations say where in the order of its effects they belong.
enum class Claim : uint8_t {
  None,
  Zxid,      // an effect: its transaction; an observation: the newest transaction that it reflects
  Version,   // the same with versions that grow, not necessarily by one
  Count,     // a znode's version: one more with every effect
};

inline constexpr int64_t kNoClaim = -1;

inline int64_t claimed(const Operation& op, Claim claim) {
  if (claim == Claim::None) return kNoClaim;
  return claim == Claim::Zxid ? op.zxid : op.version;
}

// Whether the operation changes the object, if it takes effect at all.
inline bool is_effect(const Operation& op) {
  switch (op.f) {
    case Function::Write:
    case Function::Cas:
    case Function::Add:
    case Function::AddAndGet:
    case Function::Acquire:
    case Function::Release:
    case Function::Remove:
    case Function::Create:
    case Function::Delete:
      return true;
    default:
      return false;
  }
}

}  // namespace vivarium::checker
