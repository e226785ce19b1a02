#include "core/client/protected_create.h"

namespace vivarium::client {

using wire::ErrorCode;

void ProtectedCreate::start(Now now, Client& client, Outbox& out) {
  phase = Phase::kCreating;
  awaited = client.submit(now, Create{parent + "/" + marked_prefix(), data, mode}, out);
}

bool ProtectedCreate::step(const ClientEvent& event, Now now, Client& client, Outbox& out) {
  const Completion* answer = answer_to(awaited, event);
  if (answer == nullptr) return false;
  awaited = Token{};
  if (ends_session(answer->error)) {
    fail(answer->error);
    return true;
  }
  switch (phase) {
    case Phase::kCreating: on_created(*answer, now, client, out); break;
    case Phase::kSyncing:
      if (answer->outcome != Outcome::kOk)
        sync(now, client, out);
      else {
        phase = Phase::kListing;
        awaited = client.submit(now, GetChildren{parent}, out);
      }
      break;
    case Phase::kListing: on_listed(*answer, now, client, out); break;
    case Phase::kIdle:
    case Phase::kCreated:
    case Phase::kFailed: CHECK(false, "nothing is awaited in phase {}", static_cast<int>(phase));
  }
  return true;
}

void ProtectedCreate::on_created(const Completion& answer, Now now, Client& client, Outbox& out) {
  switch (answer.outcome) {
    case Outcome::kOk:
      phase = Phase::kCreated;
      name = answer.path.substr(parent.size() + 1);
      break;
    case Outcome::kUnknown: sync(now, client, out); break;
    case Outcome::kError: fail(answer.error); break;
  }
}

void ProtectedCreate::sync(Now now, Client& client, Outbox& out) {
  phase = Phase::kSyncing;
  awaited = client.submit(now, Sync{parent}, out);
}

void ProtectedCreate::on_listed(const Completion& answer, Now now, Client& client, Outbox& out) {
  if (answer.outcome != Outcome::kOk && answer.error == ErrorCode::kConnectionLoss) return sync(now, client, out);
  // Without a parent nothing was created; the next attempt will say so.
  if (answer.outcome != Outcome::kOk && answer.error != ErrorCode::kNoNode) return fail(answer.error);
  for (const Bytes& child : answer.children) {
    if (!child.view().starts_with(marked_prefix())) continue;
    phase = Phase::kCreated;
    name = child.str();
    return;
  }
  start(now, client, out);
}

void ProtectedCreate::fail(ErrorCode why) {
  phase = Phase::kFailed;
  error = why;
}

}  // namespace vivarium::client
