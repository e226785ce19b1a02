// What happens to a running server, as the records of a trace (core/node/trace_record.h): its inputs, what it answers,
// what it asks of its disk. Nothing is made and nothing is asked where no trace is wanted.
#pragma once

#include <map>
#include <memory>
#include <string>
#include <vector>

#include "core/node/node.h"
#include "core/node/transaction_words.h"
#include "core/posix/connection_words.h"
#include "core/posix/sockets.h"
#include "core/posix/trace_file.h"

namespace vivarium::posix {

class Tracer {
 public:
  // Null where the file cannot be made; errno says why.
  static std::unique_ptr<Tracer> open(const std::string& path, TraceLimits limits, const zab::Config& ensemble,
                                      Now now);
  ~Tracer();

  void started(const node::Node& node, Now now);
  // What a step is given; what it answers is caused by it. `sockets` knows the ends of a new connection.
  void input(const zab::PeerInput& input, const Sockets& sockets, Now now);
  // `node`: whose it is, after the step.
  void output(const NetworkOutput& output, const node::Node& node);
  void output(const log::DiskOperation& operation);
  void end_turn();
  void ended(int exit_code, Now now);

 private:
  struct Stream {
    uint64_t in = 0, out = 0;  // numbers
    int64_t received = 0, sent = 0;
    std::unique_ptr<ConnectionWords> words;  // of a client's
  };
  Tracer(std::unique_ptr<TraceFile> file, const zab::Config& ensemble, Now now);

  node::TraceRecord record(node::TraceKind kind, uint64_t cause) const;
  uint64_t add(node::TraceRecord record, std::optional<std::string> text = std::nullopt);
  void open_stream(ConnId conn, const Sockets& sockets, std::optional<std::string>& text);
  std::optional<std::string> text_of(const Note& note, const node::Node& node);
  int64_t server_at(const Address& address) const;

  std::unique_ptr<TraceFile> file_;
  std::vector<TraceItem> items_;  // of this turn
  std::map<ConnId, Stream> streams_;
  std::map<Address, Sid> servers_;  // election and quorum doors
  node::TraceNode self_;
  Time start_, now_;
  uint64_t seq_ = 0, cause_ = 0;
  node::ToldTransactions transactions_;
};

}  // namespace vivarium::posix
