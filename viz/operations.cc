#include "viz/operations.h"

#include <charconv>
#include <map>

namespace vivarium::viz {

namespace {

struct Client {
  int64_t session = 0, server = 0, dialed = 0;
  std::map<int64_t, size_t> waiting;  // operations by token
};

class Reader {
 public:
  explicit Reader(const Trace& trace) : trace_(trace), e_(trace.events), clients_(trace.header.nodes.size()) {}

  std::vector<Operation> read() {
    for (uint32_t i = 0; i < e_.size(); ++i) {
      if (e_.node[i] == node::kTraceWorld || trace_.sid(e_.node[i]) != 0) continue;
      Client& client = clients_[e_.node[i]];
      if (e_.kind[i] == TraceKind::kDial) client.dialed = server_of(e_.c[i]);
      if (e_.kind[i] == TraceKind::kNote) note(client, i);
      if (e_.kind[i] == TraceKind::kSubmit) call(client, i);
      if (e_.text[i] != 0 && e_.kind[i] != TraceKind::kSubmit && e_.kind[i] != TraceKind::kNote) finish(client, i);
    }
    return std::move(out_);
  }

 private:
  int64_t server_of(int64_t host) const {
    const size_t node = trace_.node_on_host(host);
    return node == trace_.header.nodes.size() ? 0 : trace_.sid(node);
  }

  void note(Client& client, uint32_t i) {
    const auto kind = static_cast<NoteKind>(e_.a[i]);
    if (kind == NoteKind::kConnected) {
      client.session = e_.b[i];
      client.server = client.dialed;
    }
    if (kind == NoteKind::kDisconnected || kind == NoteKind::kExpired) client.server = 0;
  }

  void call(Client& client, uint32_t i) {
    if (e_.a[i] <= 0) return;  // a lock's own requests have no tokens here
    const bool known = e_.b[i] >= 0 && static_cast<size_t>(e_.b[i]) < kRequestNames.size();
    Operation operation{e_.node[i],
                        client.session,
                        e_.a[i],
                        known ? kRequestNames[static_cast<size_t>(e_.b[i])] : "other",
                        std::string(trace_.text(i)),
                        i};
    operation.server = client.server;
    client.waiting[e_.a[i]] = out_.size();
    out_.push_back(std::move(operation));
  }

  // "#12 ok 0x100000001, #13 NoNode, watch .."
  void finish(Client& client, uint32_t i) {
    std::string_view words = trace_.text(i);
    while (!words.empty()) {
      const size_t end = words.find(", ");
      finish_one(client, i, words.substr(0, end));
      words = end == std::string_view::npos ? std::string_view() : words.substr(end + 2);
    }
  }

  void finish_one(Client& client, uint32_t i, std::string_view one) {
    if (!one.starts_with('#')) return;
    const char* last = one.data() + one.size();
    int64_t token = 0;
    const auto [rest, error] = std::from_chars(one.data() + 1, last, token);
    const auto waiting = client.waiting.find(token);
    if (error != std::errc{} || waiting == client.waiting.end() || rest == last) return;
    Operation& operation = out_[waiting->second];
    client.waiting.erase(waiting);
    std::string_view outcome(rest + 1, static_cast<size_t>(last - rest - 1));
    if (const size_t zxid = outcome.find(" 0x"); zxid != std::string_view::npos) {
      operation.zxid = node::trace_value_named("zxid", outcome.substr(zxid + 1)).value_or(0);
      outcome = outcome.substr(0, zxid);
    }
    operation.returned = i;
    operation.outcome = outcome;
  }

  const Trace& trace_;
  const Events& e_;
  std::vector<Client> clients_;
  std::vector<Operation> out_;
};

}  // namespace

std::vector<Operation> operations_of(const Trace& trace) { return Reader(trace).read(); }

}  // namespace vivarium::viz
