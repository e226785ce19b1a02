#include "viz/causality.h"

#include <algorithm>

#include "viz/messages.h"

namespace vivarium::viz {

namespace {

bool is_told(TraceKind kind) {
  switch (kind) {
    case TraceKind::kTick:
    case TraceKind::kSent:
    case TraceKind::kDurable:
    case TraceKind::kDisk:
    case TraceKind::kReading:
    case TraceKind::kScheduled:
    case TraceKind::kSpace:
    case TraceKind::kListen:
    case TraceKind::kUnlisten:
    case TraceKind::kDial:
    case TraceKind::kDropped: return false;
    default: return true;
  }
}

}  // namespace

Causality causality_of(const Trace& trace, Window window) {
  const Events& e = trace.events;
  Causality out;
  for (uint32_t i = 0; i < e.size(); ++i) {
    if (window.holds(e.t[i]) && e.node[i] != node::kTraceWorld && is_told(e.kind[i])) out.events.push_back(i);
  }
  out.sends.resize(out.events.size());
  const auto place_of = [&](uint32_t event) {
    const auto at = std::ranges::lower_bound(out.events, event);
    return at != out.events.end() && *at == event ? static_cast<uint32_t>(at - out.events.begin()) : kNoEvent;
  };
  for (const Message& message : messages_of(trace)) {
    if (message.received == kNoEvent) continue;
    const uint32_t from = place_of(message.send), to = place_of(message.received);
    if (from != kNoEvent && to != kNoEvent) out.sends[to].push_back(from);
  }
  return out;
}

}  // namespace vivarium::viz
