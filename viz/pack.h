// A trace as the viewer's page holds it: columns of small numbers, each as its difference from what a table of guesses
// says, compressed. viz/page/unpack.js reads it.
#pragma once

#include <string>

#include "viz/trace.h"

namespace vivarium::viz {

struct PackedTrace {
  std::string description;  // JSON: the header, the names of all kinds, how to read the columns
  std::string columns;      // zlib
};

// `file`: what the page calls it.
PackedTrace pack(const Trace& trace, const std::string& file);

std::string base64(const std::string& bytes);

}  // namespace vivarium::viz
