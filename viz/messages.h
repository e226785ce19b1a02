// Messages of a trace: what was sent, and the event in which its last byte arrived.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "viz/trace.h"

namespace vivarium::viz {

struct Message {
  uint32_t send;      // event
  uint32_t received;  // event; kNoEvent: it never arrived, or beyond what the trace tells
};
// In the order in which they were sent.
std::vector<Message> messages_of(const Trace& trace);

// As the header names it; where several have one host's name, "client.7".
std::string short_name(const Trace& trace, uint16_t node);
// "server 2", "client1", "the world".
std::string node_name(const Trace& trace, uint16_t node);
// "PROPOSAL 0x100000002"; a zxid where one says something.
std::string message_name(const Trace& trace, uint32_t send);
// "killed", "committed 0x100000004", "elected server 3", "cut s1 - s3": an event in a few words.
std::string event_name(const Trace& trace, uint32_t event);
std::string hex(int64_t number);  // 0x100000002
// 4000581511 ns as 4.000582 s, rounded to microseconds.
std::string seconds_text(int64_t ns);

}  // namespace vivarium::viz
