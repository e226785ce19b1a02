#include "core/node/replies.h"

#include <algorithm>

namespace vivarium::node {

namespace {
bool gathers(Label label) { return label == Label::kClientReply || label == Label::kWatchEvent; }
}  // namespace

Replies::Frame::Frame(Replies& replies, ConnId conn, Label label, const wire::ReplyHeader& header)
    : out(replies.open(conn, label, header.zxid)), at(out.size()) {
  out.i32(0);
  wire::encode_to(out, header);
}

// Looks back only so far: what lies further behind gets a Send of its own, later than it, so that the order stays. The
// newest entry of a connection is the only one that may grow.
BytesBuilder& Replies::open(ConnId conn, Label label, Zxid zxid) {
  constexpr size_t kLookBack = 8;
  const size_t end = outgoing_.size();
  for (size_t i = end; i > 0 && end - i < kLookBack; --i) {
    Outgoing& candidate = outgoing_[i - 1];
    if (candidate.conn != conn) continue;
    if (!gathers(candidate.label)) break;
    candidate.label = label;
    candidate.zxid = zxid;
    return candidate.bytes;
  }
  return outgoing_.emplace_back(Outgoing{conn, label, zxid, {}}).bytes;
}

void Replies::raw(ConnId conn, Label label, const Bytes& bytes) {
  outgoing_.emplace_back(Outgoing{conn, label, {}, {}}).bytes.append(bytes);
}

void Replies::flush(Outbox& out) {
  for (Outgoing& o : outgoing_) out.add(Send{o.conn, o.bytes.take(), o.label, o.zxid, false});
  outgoing_.clear();
}

}  // namespace vivarium::node
