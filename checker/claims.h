#pragma once

#include <cstdint>

#include "checker/history.h"
#include "checker/key_view.h"
#include "checker/model.h"

namespace vivarium::checker {

// How the replies of an object's operations say where in the order of its effects they belong.
enum class Claim : uint8_t {
  None,
  Zxid,     // an effect: its transaction; an observation: the newest transaction that it reflects
  Version,  // the same with versions that grow, not necessarily by one
  Count,    // a znode's version: one more with every effect
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
    case Function::Delete: return true;
    default: return false;
  }
}

// ... and may have taken effect: a failed comparison is an observation.
inline bool takes_effect(const Operation& op) { return is_effect(op) && op.outcome != Outcome::Mismatch; }

// Which claims the replies on one object carry.
struct Claims {
  bool effects = false;   // some effect is known to have happened
  bool zxids = false;     // some effect told its zxid
  bool all_zxids = true;  // each of them did
  bool versions = false;
  bool all_versions = true;
  bool reads_versioned = true;  // each read told its version
};

inline Claims claims_of(const KeyView& view) {
  Claims claims;
  view.each_operation([&](uint32_t, const Operation& op) {
    if (op.outcome != Outcome::Ok) return;
    const bool effect = is_effect(op);
    const bool zxid = op.zxid != kNoZxid;
    const bool version = op.version >= 0;
    claims.effects |= effect;
    claims.zxids |= effect && zxid;
    claims.all_zxids &= !effect || zxid;
    claims.versions |= effect && version;
    claims.all_versions &= !effect || version;
    claims.reads_versioned &= effect || version;
  });
  return claims;
}

// The claim that lets judge_ordered decide, or None.
inline Claim ordering_claim(const Claims& claims, ModelKind model) {
  const bool plain = model == ModelKind::Register || model == ModelKind::CasRegister;
  if (!claims.effects) return Claim::None;
  if (model == ModelKind::Versioned) return claims.all_versions && claims.reads_versioned ? Claim::Count : Claim::None;
  if (!plain) return Claim::None;
  return claims.all_zxids ? Claim::Zxid : claims.all_versions ? Claim::Version : Claim::None;
}

// The claim that a search is held to.
inline Claim search_claim(const Claims& claims, ModelKind model) {
  const bool plain = model == ModelKind::Register || model == ModelKind::CasRegister;
  return claims.zxids ? Claim::Zxid : claims.versions && plain ? Claim::Version : Claim::None;
}

}  // namespace vivarium::checker
