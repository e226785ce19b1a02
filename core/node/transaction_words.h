// What a transaction does, in words that a person and the viewer read: the text of a trace's notes `proposed` and
// `committed`. Of every transaction once, and again by a server on which it, or the tree after it, is another.
//
//   create /a "hello"; digest 0x5f3a
//   create /locks/n-0000000001 12B ephemeral 0x100000a5e0000; setData /b "7" version 3; digest 0x91b2
//
// Parts of a multi stand behind each other. A path with a blank, a quotation mark or a semicolon is quoted as in JSON,
// and so is data, where it is short and can be read; of other data only the size is told. The digest is of the tree
// after it, on the server that says so.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "core/zab/proposal.h"

namespace vivarium::node {

std::string transaction_words(const zab::Proposal& proposal);

// Which transactions a trace has told of already, of the latest some thousand.
class ToldTransactions {
 public:
  // The words, if they are news.
  std::optional<std::string> tell(const zab::Proposal& proposal);

 private:
  struct Told {
    Zxid zxid;
    uint64_t identity = 0;
  };
  std::vector<Told> told_;  // by the counter of the zxid; empty before the first
};

}  // namespace vivarium::node
