// What one step sends to clients, gathered: frames for one connection that come close together leave in one Send.
#pragma once

#include <vector>

#include "core/base/step.h"
#include "core/wire/records.h"

namespace vivarium::node {

// Empty between steps; kept by the node for its capacity alone.
class Replies {
 public:
  void reply(ConnId conn, const wire::ReplyHeader& header) { Frame frame(*this, conn, Label::kClientReply, header); }
  template <class Body>
  void reply(ConnId conn, const wire::ReplyHeader& header, const Body& body) {
    Frame frame(*this, conn, Label::kClientReply, header);
    wire::encode_to(frame.out, body);
  }
  // A body that is encoded already.
  void reply_encoded(ConnId conn, const wire::ReplyHeader& header, const Bytes& body) {
    Frame frame(*this, conn, Label::kClientReply, header);
    frame.out.append(body);
  }
  void event(ConnId conn, Zxid zxid, const wire::WatcherEvent& event) {
    Frame frame(*this, conn, Label::kWatchEvent, {wire::kXidWatchEvent, zxid, wire::ErrorCode::kOk});
    wire::encode_to(frame.out, event);
  }
  // Bytes that are no reply: a handshake's answer, the text for an admin word.
  void raw(ConnId conn, Label label, const Bytes& bytes);

  // Into Sends, in order.
  void flush(Outbox& out);

 private:
  struct Outgoing {
    ConnId conn;
    Label label;
    Zxid zxid;  // of the last frame
    BytesBuilder bytes;
  };
  struct Frame {
    Frame(Replies& replies, ConnId conn, Label label, const wire::ReplyHeader& header);
    ~Frame() { out.patch_i32(at, static_cast<int32_t>(out.size() - at - 4)); }
    BytesBuilder& out;
    size_t at;
  };
  BytesBuilder& open(ConnId conn, Label label, Zxid zxid);

  std::vector<Outgoing> outgoing_;
};

}  // namespace vivarium::node
