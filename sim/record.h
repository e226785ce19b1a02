// Record: one thing that happened in a World (core/node/trace_record.h). All of them are counted by seq and covered by
// the trace hash; the trace keeps them and formats them late.
#pragma once

#include "core/node/trace_record.h"
#include "sim/event.h"

namespace vivarium::sim {

using Record = node::TraceRecord;
using RecordKind = node::TraceKind;
using node::hash_record;
inline constexpr size_t kRecordKinds = node::kTraceKinds;
inline const char* record_name(RecordKind kind) { return node::trace_kind_name(kind); }
static_assert(std::is_same_v<ProcessId, node::TraceNode> && kNoProcess == node::kTraceWorld);

}  // namespace vivarium::sim
