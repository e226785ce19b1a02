// Reads a trace, of the simulator or of a running server, and says what is wrong with it.
#pragma once

#include <fmt/format.h>

#include <map>
#include <nlohmann/json.hpp>
#include <optional>
#include <set>
#include <sstream>
#include <string>
#include <vector>

#include "core/node/trace_record.h"

namespace vivarium::testing {

struct TraceText {
  nlohmann::json header;
  std::vector<nlohmann::json> events;
  std::optional<nlohmann::json> footer;  // none: the writer was killed
  std::string wrong;                     // empty: nothing
};

namespace trace_text_detail {

inline const std::map<std::string, std::set<std::string>>& fields_by_kind() {
  static const auto all = [] {
    std::map<std::string, std::set<std::string>> out;
    for (size_t i = 0; i < node::kTraceKinds; ++i) {
      const auto kind = static_cast<node::TraceKind>(i);
      const node::TraceFields f = node::trace_fields(kind);
      auto& fields = out[node::trace_kind_name(kind)];
      for (const char* name : {f.a, f.b, f.c, f.d}) {
        if (name) fields.insert(name);
      }
    }
    return out;
  }();
  return all;
}

inline std::string wrong_with(const nlohmann::json& event, const TraceText& before, const std::set<int64_t>& nodes) {
  static const std::set<std::string> kCommon = {"seq", "t", "node", "kind", "cause", "stream", "label", "text"};
  const auto kind = fields_by_kind().find(event.at("kind").get<std::string>());
  if (kind == fields_by_kind().end()) return "an unknown kind";
  for (const auto& [name, value] : event.items()) {
    if (!kCommon.contains(name) && !kind->second.contains(name)) return "a field that the kind does not have: " + name;
  }
  const auto seq = event.at("seq").get<uint64_t>();
  if (seq == 0 || (!before.events.empty() && seq <= before.events.back()["seq"].get<uint64_t>())) return "seq";
  if (!before.events.empty() && event.at("t").get<int64_t>() < before.events.back()["t"].get<int64_t>()) return "t";
  if (event.contains("cause") && event["cause"].get<uint64_t>() >= seq) return "a cause that comes later";
  if (!event.at("node").is_null() && !nodes.contains(event["node"].get<int64_t>())) return "a node without a name";
  if ((kind->first == "send" || kind->first == "received") && !(event.contains("stream") && event.contains("offset")))
    return "bytes without stream and offset";
  return "";
}

}  // namespace trace_text_detail

inline TraceText read_trace_text(const std::string& text) {
  TraceText out;
  std::map<std::string, uint64_t> kinds;
  std::set<int64_t> nodes;
  std::istringstream in(text);
  for (std::string line; std::getline(in, line);) {
    if (in.eof() && !text.ends_with('\n')) break;  // cut by a kill
    nlohmann::json json = nlohmann::json::parse(line, nullptr, false);
    if (json.is_discarded() || out.footer) {
      out.wrong = "no JSON, or behind the end: " + line;
      return out;
    }
    if (out.header.is_null()) {
      if (json["format"] != "vivarium-trace" || json["version"] != 1) out.wrong = "no header: " + line;
      for (const auto& node : json["nodes"]) nodes.insert(node["id"].get<int64_t>());
      out.header = std::move(json);
    } else if (json.contains("end")) {
      if (json["events"] != out.events.size() || json["kinds"] != nlohmann::json(kinds)) out.wrong = "counts: " + line;
      out.footer = std::move(json);
    } else {
      if (const auto wrong = trace_text_detail::wrong_with(json, out, nodes); !wrong.empty())
        out.wrong = wrong + ": " + line;
      ++kinds[json["kind"].get<std::string>()];
      out.events.push_back(std::move(json));
    }
    if (!out.wrong.empty()) return out;
  }
  return out;
}

}  // namespace vivarium::testing
