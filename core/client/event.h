// What a client tells its user, in the order in which it became true.
#pragma once

#include <string>
#include <variant>
#include <vector>

#include "core/base/ids.h"
#include "core/wire/records.h"

namespace vivarium::client {

using Token = Id<struct TokenTag, uint64_t>;  // names one submitted request; Token{} is none

// kUnknown is what an honest client says of a write that was sent and not answered: it may have been applied, may be,
// or never. A read, and whatever was never sent, had no effect: its loss is a kError.
enum class Outcome : uint8_t { kOk, kError, kUnknown };

struct Completion {
  Token token;
  wire::OpCode op{};
  Outcome outcome{};
  wire::ErrorCode error{};  // kConnectionLoss, kSessionExpired, kAuthFailed: said by the client itself, not by a server
  Zxid zxid;  // of the reply: a write's own, of a read the last that its server had applied; 0 without a reply
  // Filled by op, and only when kOk (a multi's results also when one of its operations failed it). Bytes are slices of
  // what was received: compact() what is kept for long.
  std::string path;  // create and its kinds, sync
  Bytes data;        // getData
  wire::Stat stat;   // create2, createContainer, createTTL, exists, getData, setData, getACL, setACL, getChildren2
  std::vector<Bytes> children;  // getChildren, getChildren2: names, in the server's order
  wire::AclList acl;            // getACL
  // multi, one for each operation. When it failed, `outcome` is kError and `error` that of the operation that failed
  // it.
  std::vector<wire::MultiResult> results;
  VIV_VISIT(VIV_FIELD(token), VIV_FIELD(op), VIV_FIELD(outcome), VIV_FIELD(error), VIV_FIELD(zxid), VIV_FIELD(path),
            VIV_FIELD(data), VIV_FIELD(stat), VIV_FIELD(children), VIV_FIELD(acl), VIV_FIELD(results))
};

// A watch has fired; to be told again by a one-shot watch, read again. Always before any data of this change or a later
// one.
struct WatchEvent {
  wire::WatchEventType type{};
  wire::KeeperState state{};
  std::string path;
  Zxid zxid;  // of the change; -1 from servers before 3.9
  VIV_VISIT(VIV_FIELD(type), VIV_FIELD(state), VIV_FIELD(path), VIV_FIELD(zxid))
};

enum class Loss : uint8_t {
  kNone,
  kByPeer,
  kReset,
  kUnreachable,
  kTimeout,       // nothing was heard for two thirds of the session's timeout
  kBadBytes,      // a frame that is too long or cannot be decoded
  kXidMismatch,   // replies must come in the order of the requests
  kZxidWentBack,  // a reply older than one already seen: the server broke its promise
};
const char* loss_name(Loss loss);

enum class SessionChange : uint8_t {
  kConnected,     // to a server, with a confirmed session: `resumed`, or a new one
  kDisconnected,  // the session may live on; what was sent and not answered has been completed just before
  kExpired,       // for good: its ephemerals and watches are gone, everything outstanding has been completed
  kAuthFailed,    // for good: a server refused our credentials
  kClosed,        // for good, by close(); with a loss when the server did not say so itself
};
struct SessionEvent {
  SessionChange change{};
  SessionId session;
  int32_t timeout_ms = 0;  // negotiated
  bool resumed = false;
  Loss loss = Loss::kNone;
  VIV_VISIT(VIV_FIELD(change), VIV_FIELD(session), VIV_FIELD(timeout_ms), VIV_FIELD(resumed), VIV_FIELD(loss))
};

using ClientEvent = std::variant<Completion, WatchEvent, SessionEvent>;

}  // namespace vivarium::client
