// Frames written by hand, byte for byte as facts 1.1 to 1.3 have them: an opinion on the wire that is independent of
// core/wire.
#pragma once

#include <string_view>

#include "core/base/bytes.h"

namespace vivarium::node {

class Raw {
 public:
  Raw& i32(int32_t v) {
    out_.i32(v);
    return *this;
  }
  Raw& i64(int64_t v) {
    out_.i64(v);
    return *this;
  }
  Raw& u8(uint8_t v) {
    out_.u8(v);
    return *this;
  }
  Raw& str(std::string_view s) {
    out_.i32(static_cast<int32_t>(s.size()));
    out_.append(s);
    return *this;
  }
  Raw& header(int32_t xid, int64_t zxid, int32_t err) { return i32(xid).i64(zxid).i32(err); }
  // ACL world:anyone with all permissions.
  Raw& open_acl() { return i32(1).i32(31).str("world").str("anyone"); }
  Bytes bytes() { return out_.take(); }
  Bytes frame() {
    const Bytes payload = out_.take();
    BytesBuilder framed;
    framed.i32(static_cast<int32_t>(payload.size()));
    framed.append(payload);
    return framed.take();
  }

 private:
  BytesBuilder out_;
};

}  // namespace vivarium::node
