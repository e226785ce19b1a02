#include "core/client/lock.h"

namespace vivarium::client {

using wire::ErrorCode;

void Lock::acquire(Now now, Client& client, Outbox& out) {
  CHECK(resting(), "phase {}", static_cast<int>(phase));
  phase = Phase::kEntering;
  error = ErrorCode::kOk;
  ++entries;
  node = ProtectedCreate{.parent = path, .mark = fmt::format("{}-{}", owner, entries), .prefix = "lock-"};
  node.start(now, client, out);
}

void Lock::release(Now now, Client& client, Outbox& out) {
  if (resting() || phase == Phase::kAbandoning || phase == Phase::kReleasing) return;
  if (phase == Phase::kEntering)
    phase = Phase::kAbandoning;
  else
    remove(now, client, out);
}

bool Lock::step(const ClientEvent& event, Now now, Client& client, Outbox& out) {
  if (resting()) return false;
  if (ends_session(event)) {
    end_with_session(ErrorCode::kSessionExpired);
    return true;
  }
  if (phase == Phase::kEntering || phase == Phase::kAbandoning) {
    if (!node.step(event, now, client, out)) return false;
    on_node(now, client, out);
    return true;
  }
  if (const Completion* answer = answer_to(awaited, event)) {
    awaited = Token{};
    on_answer(*answer, now, client, out);
    return true;
  }
  const WatchEvent* fired = std::get_if<WatchEvent>(&event);
  if (phase != Phase::kWaiting || fired == nullptr || fired->path != predecessor) return false;
  list(now, client, out);  // the one before us is gone; the one before it may not be
  return true;
}

void Lock::on_node(Now now, Client& client, Outbox& out) {
  if (node.phase == ProtectedCreate::Phase::kFailed) {
    if (ends_session(node.error))
      end_with_session(node.error);
    else
      end(phase == Phase::kAbandoning ? Phase::kReleased : Phase::kFailed, node.error);
  } else if (node.phase == ProtectedCreate::Phase::kCreated) {
    if (phase == Phase::kAbandoning)
      remove(now, client, out);
    else
      list(now, client, out);
  }
}

void Lock::on_answer(const Completion& answer, Now now, Client& client, Outbox& out) {
  if (ends_session(answer.error)) return end_with_session(answer.error);
  switch (phase) {
    case Phase::kListing: return on_listed(answer, now, client, out);
    case Phase::kAsking: return on_asked(answer, now, client, out);
    case Phase::kReleasing: return on_deleted(answer, now, client, out);
    default: CHECK(false, "nothing is awaited in phase {}", static_cast<int>(phase));
  }
}

void Lock::list(Now now, Client& client, Outbox& out) {
  phase = Phase::kListing;
  awaited = client.submit(now, GetChildren{path}, out);
}

void Lock::on_listed(const Completion& answer, Now now, Client& client, Outbox& out) {
  if (answer.outcome != Outcome::kOk) {
    if (answer.error == ErrorCode::kConnectionLoss) return list(now, client, out);
    return end(answer.error == ErrorCode::kNoNode ? Phase::kLost : Phase::kFailed, answer.error);
  }
  const int32_t mine = fence();
  bool present = false;
  std::optional<int32_t> nearest;
  for (const Bytes& child : answer.children) {
    const std::optional<int32_t> sequence = sequence_of(child.view(), node.prefix);
    if (child.view() == node.name) present = true;
    if (!sequence || !sequence_before(*sequence, mine)) continue;
    if (nearest && !sequence_before(*nearest, *sequence)) continue;
    nearest = sequence;
    predecessor = path + "/" + child.str();
  }
  if (!present) return end(Phase::kLost, ErrorCode::kNoNode);
  if (!nearest) {
    predecessor.clear();
    phase = Phase::kHeld;
    return;
  }
  // getData, not exists: when the node has gone meanwhile, no watch is left behind on a name that will never come
  // again.
  phase = Phase::kAsking;
  awaited = client.submit(now, GetData{predecessor, true}, out);
}

void Lock::on_asked(const Completion& answer, Now now, Client& client, Outbox& out) {
  if (answer.outcome == Outcome::kOk)
    phase = Phase::kWaiting;
  else if (answer.error == ErrorCode::kNoNode || answer.error == ErrorCode::kConnectionLoss)
    list(now, client, out);
  else
    end(Phase::kFailed, answer.error);
}

void Lock::remove(Now now, Client& client, Outbox& out) {
  phase = Phase::kReleasing;
  awaited = client.submit(now, Delete{node.path()}, out);
}

void Lock::on_deleted(const Completion& answer, Now now, Client& client, Outbox& out) {
  // The name is never given again, so deleting it once more cannot hurt anyone.
  if (answer.outcome == Outcome::kUnknown) return remove(now, client, out);
  if (answer.outcome == Outcome::kOk || answer.error == ErrorCode::kNoNode)
    return end(Phase::kReleased, ErrorCode::kOk);
  end(Phase::kFailed, answer.error);
}

void Lock::end_with_session(ErrorCode why) {
  const bool unwanted = phase == Phase::kReleasing || phase == Phase::kAbandoning;
  end(unwanted ? Phase::kReleased : Phase::kLost, why);
}

void Lock::end(Phase how, ErrorCode why) {
  phase = how;
  error = why;
  awaited = Token{};
  predecessor.clear();
}

}  // namespace vivarium::client
