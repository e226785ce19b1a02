#include "core/node/sessions.h"

#include <algorithm>

namespace vivarium::node {

void SessionTracker::start(const PersistentMap<SessionId, int32_t>& sessions, Time now) {
  stop();
  for (const auto& [session, timeout_ms] : sessions) {
    const Time expires = bucket(now, timeout_ms);
    sessions_.set(session, {expires, std::nullopt});
    by_expiry_.insert({expires, session});
  }
}

void SessionTracker::stop() {
  sessions_.clear();
  by_expiry_.clear();
}

void SessionTracker::open(SessionId session, int32_t timeout_ms, Sid owner, Time now) {
  close(session);
  const Time expires = bucket(now, timeout_ms);
  sessions_.set(session, {expires, owner});
  by_expiry_.insert({expires, session});
}

void SessionTracker::close(SessionId session) {
  const Tracked* tracked = sessions_.find(session);
  if (!tracked) return;
  by_expiry_.erase(std::pair{tracked->expires, session});
  sessions_.erase(session);
}

bool SessionTracker::touch(SessionId session, int32_t timeout_ms, Time now) {
  const Tracked* tracked = sessions_.find(session);
  if (!tracked) return false;
  const Time expires = bucket(now, timeout_ms);
  if (expires <= tracked->expires) return true;
  by_expiry_.erase(std::pair{tracked->expires, session});
  by_expiry_.insert({expires, session});
  sessions_.mutate(session)->expires = expires;
  return true;
}

void SessionTracker::postpone(Duration slept) {
  const Duration more = tick_ * ((slept.ns + tick_.ns - 1) / tick_.ns);
  const auto before = sessions_;
  by_expiry_.clear();
  for (const auto& [session, tracked] : before) {
    by_expiry_.insert({tracked.expires + more, session});
    sessions_.mutate(session)->expires = tracked.expires + more;
  }
}

std::optional<Sid> SessionTracker::move(SessionId session, Sid server) {
  const Tracked* tracked = sessions_.find(session);
  CHECK(tracked, "session {} is not tracked", session);
  const std::optional<Sid> before = tracked->owner;
  if (before == server) return std::nullopt;
  sessions_.mutate(session)->owner = server;
  return before;
}

bool SessionTracker::admits(SessionId session, Sid server) {
  const Tracked* tracked = sessions_.find(session);
  if (!tracked || tracked->owner == server) return true;
  if (tracked->owner) return false;
  sessions_.mutate(session)->owner = server;
  return true;
}

Time SessionTracker::deadline() const { return by_expiry_.empty() ? Time::never() : by_expiry_.begin()->first; }

std::optional<SessionId> SessionTracker::take_expired(Time now) {
  if (deadline() > now) return std::nullopt;
  const SessionId session = by_expiry_.begin()->second;
  close(session);
  return session;
}

Time SessionTracker::bucket(Time now, int32_t timeout_ms) const {
  return Time{((now + milliseconds(timeout_ms)).ns / tick_.ns + 1) * tick_.ns};
}

void SessionIds::start(Zxid served_from) {
  constexpr uint64_t kBits56 = (uint64_t{1} << 56) - 1;
  const uint64_t zxid = static_cast<uint64_t>(std::max<int64_t>(served_from.value, 0)) & kBits56;
  next_ = zxid + 1;
}

SessionId SessionIds::take(Sid server) {
  constexpr uint64_t kNotTtl = uint64_t{1} << 55;  // of an epoch that nobody lives to see
  const uint64_t number = next_++ | (server == Sid{255} ? kNotTtl : 0);
  return SessionId{static_cast<int64_t>(static_cast<uint64_t>(server.value) << 56 | number)};
}

}  // namespace vivarium::node
