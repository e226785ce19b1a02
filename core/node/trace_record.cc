#include "core/node/trace_record.h"

#include <array>

namespace vivarium::node {

namespace {
struct Kind {
  const char* name;
  TraceFields fields;
};

constexpr std::array kKinds = {
    Kind{"tick", {}},
    Kind{"accepted", {"conn", "listener", "peer", nullptr}},
    Kind{"connected", {"conn", nullptr, nullptr, nullptr}},
    Kind{"received", {"conn", "size", "offset", "zxid"}},
    Kind{"sent", {"conn", nullptr, nullptr, nullptr}},
    Kind{"closed", {"conn", "reason", nullptr, nullptr}},
    Kind{"bind-failed", {"listener", nullptr, nullptr, nullptr}},
    Kind{"durable", {"queue", "operation", nullptr, nullptr}},
    Kind{"reloaded", {"operation", "zxid", nullptr, nullptr}},
    Kind{"log-read", {"query", "records", "complete", nullptr}},
    Kind{"space", {"left", nullptr, nullptr, nullptr}},
    Kind{"submit", {"token", "request", nullptr, nullptr}},
    Kind{"end-session", {"session", "reopen", nullptr, nullptr}},
    Kind{"listen", {"listener", "port", nullptr, nullptr}},
    Kind{"unlisten", {"listener", nullptr, nullptr, nullptr}},
    Kind{"dial", {"conn", "port", "to", nullptr}},
    Kind{"send", {"conn", "size", "offset", "zxid"}},
    Kind{"reading", {"conn", "on", nullptr, nullptr}},
    Kind{"close", {"conn", nullptr, nullptr, nullptr}},
    Kind{"stop", {"code", nullptr, nullptr, nullptr}},
    Kind{"note", {"note", "a", "b", "c"}},
    Kind{"disk", {"queue", "operation", "what", "zxid"}},
    Kind{"started", {"incarnation", "zxid", "accepted_epoch", "current_epoch"}},
    Kind{"recovery-refused", {"incarnation", "offset", "disk_faults", nullptr}},
    Kind{"disk-failed", {"queue", "operation", "error", nullptr}},
    Kind{"exited", {"code", nullptr, nullptr, nullptr}},
    Kind{"killed", {}},
    Kind{"power-lost", {}},
    Kind{"power-back", {}},
    Kind{"wiped", {}},
    Kind{"paused", {}},
    Kind{"resumed", {}},
    Kind{"cut", {"from", "to", nullptr, nullptr}},
    Kind{"healed", {"from", "to", nullptr, nullptr}},
    Kind{"link-changed", {"from", "to", "latency", "bytes_per_second"}},
    Kind{"link-restored", {"from", "to", nullptr, nullptr}},
    Kind{"connections-reset", {"from", "to", "connections", nullptr}},
    Kind{"refusing", {"host", "on", nullptr, nullptr}},
    Kind{"disk-slowed", {"percent", nullptr, nullptr, nullptr}},
    Kind{"disk-fault", {"call", "error", "skip", "count"}},
    Kind{"disk-faults-cleared", {}},
    Kind{"disk-capacity", {"bytes", nullptr, nullptr, nullptr}},
    Kind{"clock-drift", {"ppb", nullptr, nullptr, nullptr}},
    Kind{"clock-step", {"by", nullptr, nullptr, nullptr}},
    Kind{"scheduled", {"tag", "a", "b", nullptr}},
    Kind{"dropped", {"records", nullptr, nullptr, nullptr}},
};
static_assert(kKinds.size() == kTraceKinds);
}  // namespace

const char* trace_kind_name(TraceKind kind) { return kKinds[static_cast<size_t>(kind)].name; }
TraceFields trace_fields(TraceKind kind) { return kKinds[static_cast<size_t>(kind)].fields; }

}  // namespace vivarium::node
