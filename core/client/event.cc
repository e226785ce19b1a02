#include "core/client/event.h"

namespace vivarium::client {

const char* loss_name(Loss loss) {
  switch (loss) {
    case Loss::kNone: return "none";
    case Loss::kByPeer: return "closed by peer";
    case Loss::kReset: return "reset";
    case Loss::kUnreachable: return "unreachable";
    case Loss::kTimeout: return "timeout";
    case Loss::kBadBytes: return "bad bytes";
    case Loss::kXidMismatch: return "xid mismatch";
    case Loss::kZxidWentBack: return "zxid went back";
  }
  return "unknown";
}

}  // namespace vivarium::client
