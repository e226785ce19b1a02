// The viewer: one HTML file that holds its code and a trace, needs nothing else, and asks no network.
#pragma once

#include <map>
#include <string>
#include <string_view>

#include "viz/trace.h"

namespace vivarium::viz {

// What stands in viz/page/, by name; compiled in (cmake/viewer_page.cmake).
const std::map<std::string_view, std::string_view>& page_files();

// All modules as one: their imports and exports taken out, main.js last. A browser runs it as a module, and so does its
// worker.
std::string page_code();

struct ShownRun {
  Trace trace;
  std::string name;  // what the page calls it
};

// One run, or two side by side.
std::string viewer_page(const ShownRun& run, const ShownRun* other = nullptr);

}  // namespace vivarium::viz
