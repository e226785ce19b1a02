#include <fmt/format.h>

#include <iterator>

#include "viz/exports.h"
#include "viz/messages.h"
#include "viz/operations.h"

namespace vivarium::viz {

namespace {

// RFC 4180: what holds a comma, a quotation mark or an end of line stands in quotation marks.
std::string cell(const std::string& text) {
  if (text.find_first_of(",\"\r\n") == std::string::npos) return text;
  std::string out = "\"";
  for (const char c : text) {
    if (c == '"') out += '"';
    out += c;
  }
  return out + "\"";
}

}  // namespace

std::string operations_csv(const Trace& trace, Window window) {
  const Events& e = trace.events;
  std::string out = "client,session,token,operation,path,called_ns,returned_ns,latency_ns,outcome,zxid,server\n";
  for (const Operation& x : operations_of(trace)) {
    if (!window.holds(e.t[x.called])) continue;
    const bool returned = x.returned != kNoEvent;
    fmt::format_to(std::back_inserter(out), "{},{},{},{},{},{},{},{},{},{},{}\n", cell(node_name(trace, x.client)),
                   x.session != 0 ? hex(x.session) : "", x.token, cell(x.name), cell(x.path), e.t[x.called],
                   returned ? fmt::to_string(e.t[x.returned]) : "",
                   returned ? fmt::to_string(e.t[x.returned] - e.t[x.called]) : "", cell(x.outcome),
                   x.zxid != 0 ? hex(x.zxid) : "", x.server != 0 ? fmt::to_string(x.server) : "");
  }
  return out;
}

}  // namespace vivarium::viz
