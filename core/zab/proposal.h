// One transaction: its bytes, and on its way also what it does and the State after it.
#pragma once

#include "core/log/recovery.h"
#include "core/tree/apply.h"

namespace vivarium::zab {

struct Proposal {
  wire::TxnHeader header;
  Bytes payload;            // wire::encode_txn, as in PROPOSAL and in the log
  int64_t tree_digest = 0;  // of the State after it
  tree::Effects effects;
  tree::State after;
  bool operator==(const Proposal& o) const { return header == o.header && payload == o.payload; }
  VIV_VISIT(VIV_FIELD(header), VIV_FIELD(payload))
};
using ProposalRef = Cow<Proposal>;

}  // namespace vivarium::zab
