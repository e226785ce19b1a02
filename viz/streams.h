// Which bytes arrived as which: sends and arrivals of one stream have the same number and count from the same
// beginning. A live connection's number comes again when its port does; then the count begins again at 0.
#pragma once

#include <cstdint>
#include <vector>

namespace vivarium::viz {

struct Piece {
  uint32_t event;
  uint64_t stream;
  int64_t begin, end;  // offsets in the stream
  int64_t t;
};

struct Arrival {
  uint32_t send, received;  // events; the one brought the last byte, the other has it
};

// Both in order of time at their own end. For each send that arrived whole, the event that completes it, in the order
// of streams; `last_send` has for each piece that was received the send whose bytes end it.
struct Arrivals {
  std::vector<Arrival> whole;
  std::vector<Arrival> last_send;
};
Arrivals match_streams(std::vector<Piece> sends, std::vector<Piece> received);

}  // namespace vivarium::viz
