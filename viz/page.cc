#include "viz/page.h"

#include <algorithm>

#include "core/base/check.h"
#include "viz/markup.h"
#include "viz/pack.h"

namespace vivarium::viz {

namespace {

std::string_view page_file(std::string_view name) {
  const auto found = page_files().find(name);
  CHECK(found != page_files().end(), "viz/page/{}", name);
  return found->second;
}

// `import { a } from './b.js';`, also over several lines, and `export { a };`: every name is unique in the whole page.
std::string without_imports(std::string_view module) {
  std::string out;
  bool skipping = false;
  while (!module.empty()) {
    const size_t end = std::min(module.find('\n'), module.size() - 1);
    const std::string_view line = module.substr(0, end + 1);
    module.remove_prefix(end + 1);
    skipping = skipping || line.starts_with("import ") || line.starts_with("export ");
    if (!skipping) out += line;
    if (line.find(';') != std::string_view::npos) skipping = false;
  }
  return out;
}

// JSON inside a <script>: no `<` may stand there as itself.
std::string script_json(const std::string& text) {
  std::string out;
  out.reserve(text.size());
  for (const char c : text) {
    if (c == '<')
      out += "\\u003c";
    else
      out += c;
  }
  return out;
}

std::string title_of(const ShownRun& run) {
  const node::TraceHeader& header = run.trace.header;
  return header.scenario.empty() ? run.name : header.scenario + ", seed " + std::to_string(header.seed);
}

// `which`: "", or "-b" of the second run.
std::string data_of(const ShownRun& run, const std::string& which) {
  const PackedTrace packed = pack(run.trace, run.name);
  return "<script type=\"application/json\" id=\"description" + which + "\">" + script_json(packed.description) +
         "</script>\n<script type=\"text/plain\" id=\"columns" + which + "\">" + base64(packed.columns) + "</script>";
}

}  // namespace

std::string page_code() {
  std::string out;
  for (const auto& [name, text] : page_files()) {
    if (name.ends_with(".js") && name != "main.js") out += without_imports(text);
  }
  return out + without_imports(page_file("main.js"));
}

std::string viewer_page(const ShownRun& run, const ShownRun* other) {
  const std::map<std::string_view, std::string> parts = {
      {"@TITLE@", escaped(title_of(run) + (other ? " (A) and " + title_of(*other) + " (B)" : ""))},
      {"@STYLE@", std::string(page_file("page.css"))},
      {"@CODE@", page_code()},
      {"@DATA@", data_of(run, "") + (other ? "\n" + data_of(*other, "-b") : "")}};
  std::string out;
  std::string_view rest = page_file("page.html");
  while (!rest.empty()) {
    const size_t mark = std::min(rest.find('@'), rest.size());
    out += rest.substr(0, mark);
    rest.remove_prefix(mark);
    const auto part =
        std::find_if(parts.begin(), parts.end(), [&](const auto& p) { return rest.starts_with(p.first); });
    if (part != parts.end()) {
      out += part->second;
      rest.remove_prefix(part->first.size());
    } else if (!rest.empty()) {
      out += rest.front();
      rest.remove_prefix(1);
    }
  }
  return out;
}

}  // namespace vivarium::viz
