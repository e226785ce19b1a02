// A trace in the formats of other tools. Same trace, same bytes. Roles and operations that reach into a window from
// outside of it are told, clipped to it.
#pragma once

#include <cstdint>
#include <expected>
#include <string>

#include "viz/trace.h"

namespace vivarium::viz {

struct Window {
  int64_t from = 0, until = INT64_MAX;  // ns, both included
  bool holds(int64_t t) const { return from <= t && t <= until; }
  int64_t clipped(int64_t t) const { return t < from ? from : t > until ? until : t; }
};

// Chrome's trace events, for ui.perfetto.dev: a process a node, roles and operations as slices, messages as flows,
// zxid, epoch and disk queues as counters, faults as instants.
std::string perfetto_json(const Trace& trace, Window window);

// For ShiViz: the first line is the parsing expression; a vector clock an event, over the events of the window.
inline constexpr const char* kShivizExpression = R"((?<host>\S*) (?<clock>{.*})\n(?<event>.*))";
std::string shiviz_log(const Trace& trace, Window window);

// For graphviz: what happened before what, without the edges that follow from others. Of more events than this it draws
// nothing within a minute; the error is a sentence.
inline constexpr size_t kDotEventsMax = 5000;
std::expected<std::string, std::string> happens_before_dot(const Trace& trace, Window window);

std::string operations_csv(const Trace& trace, Window window);

// A picture of the window: lanes, roles, messages, operations, crashes. Text stays text.
std::string window_svg(const Trace& trace, Window window);

// The bytes of an SQLite database: run, nodes, events, messages, operations, states. The error is a sentence.
std::expected<std::string, std::string> sqlite_database(const Trace& trace, Window window);

}  // namespace vivarium::viz
