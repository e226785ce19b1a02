// Recipes: what people build from znodes, as phases that are stepped with a client's events.
//
//   Lock lock{.path = "/locks/a", .owner = "worker-7"};
//   lock.acquire(now, client, out);
//   for (const ClientEvent& event : events) lock.step(event, now, client, out);   // true when the event was its own
//   if (lock.phase == Lock::Phase::kHeld) ...
//
// Each is a value and may be a member of a larger one. Show every recipe every event of its client, in order.
#pragma once

#include "core/client/client.h"

namespace vivarium::client {

// The completion of `token`, if that is what the event is.
inline const Completion* answer_to(Token token, const ClientEvent& event) {
  const Completion* completion = std::get_if<Completion>(&event);
  return completion != nullptr && token != Token{} && completion->token == token ? completion : nullptr;
}

// The session has ended, and with it its ephemeral nodes and watches.
inline bool ends_session(const ClientEvent& event) {
  const SessionEvent* session = std::get_if<SessionEvent>(&event);
  return session != nullptr && session->change != SessionChange::kConnected &&
         session->change != SessionChange::kDisconnected;
}
inline bool ends_session(wire::ErrorCode error) {
  return error == wire::ErrorCode::kSessionExpired || error == wire::ErrorCode::kAuthFailed;
}

// The number that a server put behind a sequential node's `prefix`; nothing when the name has none.
std::optional<int32_t> sequence_of(std::string_view name, std::string_view prefix);
// Sequence numbers wrap around to negative ones (facts 1.7), so what counts is which way is shorter.
constexpr bool sequence_before(int32_t a, int32_t b) {
  return static_cast<int32_t>(static_cast<uint32_t>(a) - static_cast<uint32_t>(b)) < 0;
}

}  // namespace vivarium::client
