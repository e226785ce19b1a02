// What a client asks and is answered on one connection, in the words of a trace: a line for each request, reply or
// watch that ends in the bytes of a call. Pings are not told.
//
//   received   connect 0x0                  0x0: a new session is wanted
//              #3 setData /a
//              #4 multi /a, /b
//              ruok                         a four-letter word, and nothing after it
//   sent       session 0x100000a5e0000      or: session expired
//              #3 ok 0x100000004            the zxid, where there is one
//              #4 BadVersion 0x100000005
//              watch /a
#pragma once

#include <deque>
#include <optional>
#include <string>

#include "core/wire/frames.h"

namespace vivarium::posix {

class ConnectionWords {
 public:
  // nullopt: nothing to tell.
  std::optional<std::string> received(const Bytes& bytes);
  std::optional<std::string> sent(const Bytes& bytes);

 private:
  std::string request_words(const Bytes& frame);
  std::string reply_words(const Bytes& frame);
  wire::ErrorCode error_of(const wire::ReplyHeader& header, const Bytes& body);

  wire::FrameDecoder requests_{INT32_MAX}, replies_{INT32_MAX};
  bool asked_ = false, answered_ = false;  // the first frame of either side, which is about the session
  bool mute_ = false;                      // no frames come: a word
  std::deque<int32_t> multis_;             // xids: whether one failed stands in its results, not in its header
};

}  // namespace vivarium::posix
