// The lines of a Java properties file, which zoo.cfg is.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace vivarium::node {

struct Property {
  int32_t line;  // counted from 1; where the logical line begins
  std::string key, value;
};

// Comments ('#', '!') and blank lines are left out; '=', ':' or blanks divide key and value; a backslash at the end of
// a line joins the next; \t \n \r \f \uXXXX and \<any> are escapes. Any text has a reading, so there is no error.
std::vector<Property> read_properties(std::string_view text);

}  // namespace vivarium::node
