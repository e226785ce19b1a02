#include "core/client/unique_names.h"

namespace vivarium::client {

void UniqueNames::take(Now now, Client& client, Outbox& out) {
  CHECK(phase != Phase::kCreating);
  phase = Phase::kCreating;
  name.clear();
  awaited = client.submit(now, Create{prefix, Bytes::empty_value(), wire::CreateMode::kPersistentSequential}, out);
}

bool UniqueNames::step(const ClientEvent& event, Now, Client&, Outbox&) {
  const Completion* answer = answer_to(awaited, event);
  if (answer == nullptr) return false;
  awaited = Token{};
  phase = Phase::kDone;
  outcome = answer->outcome;
  error = answer->error;
  zxid = answer->zxid;
  name = answer->path;
  return true;
}

}  // namespace vivarium::client
