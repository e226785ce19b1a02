#include "sim/schema_walker.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <charconv>
#include <span>

#include "checker/model.h"
#include "core/base/check.h"

namespace vivarium::sim {

namespace {

using Schema = nlohmann::ordered_json;
using Value = nlohmann::json;

constexpr int64_t kDayNs = 86'400'000'000'000;

std::optional<int64_t> parse_integer(std::string_view text) {
  int64_t number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc{} || end != text.data() + text.size() || text.empty()) return std::nullopt;
  return number;
}

// How a formatted word is described, checked and exemplified.
struct Format {
  std::string_view name, expected;
  bool (*valid)(std::string_view text);
};

bool is_duration(std::string_view text) { return parse_duration_ns(text).value_or(-1) >= 0; }
bool is_positive_duration(std::string_view text) { return parse_duration_ns(text).value_or(-1) > 0; }
bool is_signed_duration(std::string_view text) { return parse_duration_ns(text).has_value(); }
bool is_percentage(std::string_view text) { return parse_percent_ppb(Value(text)).has_value(); }
bool is_whole_percentage(std::string_view text) { return parse_percent_ppb(Value(text)).value_or(1) % 10'000'000 == 0; }
bool is_drift(std::string_view text) { return parse_drift_ppb(text).has_value(); }

constexpr std::array kFormats = {
    Format{"duration", "a duration such as \"150ms\" (ns, us, ms, s, m or h; at most a day)", is_duration},
    Format{"duration above zero", "a duration above zero such as \"150ms\" (ns, us, ms, s, m or h; at most a day)",
           is_positive_duration},
    Format{"duration, or a negative one",
           "a duration such as \"30s\" or \"-90s\" (ns, us, ms, s, m or h; at most a day)", is_signed_duration},
    Format{"percentage", "a percentage such as \"0.5%\", from 0% to 100%", is_percentage},
    Format{"whole percentage", "a whole percentage such as \"50%\", from 0% to 100%", is_whole_percentage},
    Format{"drift", "\"random\" or a drift such as \"200ppm\" or \"-200ppm\"", is_drift},
};

const Format& format_of(const Schema& schema) {
  const auto it = std::ranges::find(kFormats, schema["format"].get_ref<const std::string&>(), &Format::name);
  CHECK(it != kFormats.end(), "the schema has a format that its walker does not know: {}", schema["format"].dump());
  return *it;
}

std::string allowed_words(const Schema& schema) {
  std::vector<std::string> words;
  for (const auto& word : schema["enum"]) words.push_back(fmt::format("\"{}\"", word.get<std::string>()));
  return fmt::format("{}", fmt::join(words, ", "));
}

// What may stand where this schema rules.
std::string expected(const Schema& schema) {
  if (schema.contains("anyOf")) {
    std::vector<std::string> kinds;
    for (const Schema& kind : schema["anyOf"]) kinds.push_back(expected(kind));
    return fmt::format("{}", fmt::join(kinds, ", or "));
  }
  if (schema.contains("enum")) return "one of " + allowed_words(schema);
  if (schema.contains("format")) return std::string(format_of(schema).expected);
  const std::string& type = schema["type"].get_ref<const std::string&>();
  if (type == "string") return "a text in quotes";
  if (type == "boolean") return "true or false";
  if (type == "integer")
    return fmt::format("an integer from {} to {}", schema["minimum"].get<int64_t>(), schema["maximum"].get<int64_t>());
  if (type == "array") return fmt::format("a list, each {}", expected(schema["items"]));
  return "an object { ... }";
}

bool of_type(const Schema& schema, const Value& value) {
  const std::string& type = schema["type"].get_ref<const std::string&>();
  if (type == "string") return value.is_string();
  if (type == "boolean") return value.is_boolean();
  if (type == "integer") return value.is_number_integer();
  if (type == "array") return value.is_array();
  return value.is_object();
}

class Walker {
 public:
  explicit Walker(const JsonPositions& positions) : positions_(positions) {}

  void walk(const Schema& schema, const Value& value, const std::string& pointer) {
    if (schema.contains("anyOf")) return walk_any(schema, value, pointer);
    if (!of_type(schema, value)) return refuse(schema, pointer);
    if (value.is_object())
      walk_object(schema, value, pointer);
    else if (value.is_array())
      walk_list(schema, value, pointer);
    else if (value.is_string())
      walk_text(schema, value, pointer);
    else if (value.is_number_integer() && !in_range(schema, value))
      refuse(schema, pointer);
  }

  std::vector<Mistake> take() { return std::move(mistakes_); }

 private:
  // The kind that the value looks like rules; kinds differ in their type.
  void walk_any(const Schema& schema, const Value& value, const std::string& pointer) {
    for (const Schema& kind : schema["anyOf"]) {
      if (!of_type(kind, value)) continue;
      if (value.is_array()) return walk(kind, value, pointer);
      Walker trial(positions_);
      trial.walk(kind, value, pointer);
      if (trial.mistakes_.empty()) return;
      return refuse(schema, pointer, kind.contains("enum") ? near(kind, value) : "");
    }
    refuse(schema, pointer);
  }

  void walk_object(const Schema& schema, const Value& value, const std::string& pointer) {
    const Schema& properties = schema["properties"];
    for (const auto& [key, member] : value.items()) {
      const std::string child = pointer_to(pointer, key);
      if (properties.contains(key))
        walk(properties[key], member, child);
      else
        add(child, true,
            fmt::format("\"{}\" is not a field of {}{}", key, name_of_pointer(pointer),
                        nearest_field(properties, key)));
    }
    if (!schema.contains("required")) return;
    for (const Schema& key : schema["required"]) {
      if (!value.contains(key.get<std::string>())) {
        add(pointer, false,
            fmt::format("{} must have \"{}\": {}", name_of_pointer(pointer), key.get<std::string>(),
                        expected(properties[key.get<std::string>()])));
      }
    }
  }

  void walk_list(const Schema& schema, const Value& value, const std::string& pointer) {
    const size_t least = schema["minItems"].get<size_t>();
    if (value.size() < least)
      add(pointer, false,
          fmt::format("{} needs at least {} {}", name_of_pointer(pointer), least, least == 1 ? "element" : "elements"));
    for (size_t i = 0; i < value.size(); ++i) walk(schema["items"], value[i], pointer_to(pointer, i));
  }

  void walk_text(const Schema& schema, const Value& value, const std::string& pointer) {
    const std::string& text = value.get_ref<const std::string&>();
    if (schema.contains("enum")) {
      if (std::ranges::find(schema["enum"], Schema(text)) == schema["enum"].end())
        refuse(schema, pointer, near(schema, value));
    } else if (schema.contains("format") && !format_of(schema).valid(text)) {
      refuse(schema, pointer, text.starts_with('-') ? "; it must not be negative" : "");
    }
  }

  static bool in_range(const Schema& schema, const Value& value) {
    if (value.is_number_unsigned() && value.get<uint64_t>() > static_cast<uint64_t>(INT64_MAX)) return false;
    const int64_t number = value.get<int64_t>();
    return number >= schema["minimum"].get<int64_t>() && number <= schema["maximum"].get<int64_t>();
  }

  static std::string near(const Schema& schema, const Value& value) {
    std::vector<std::string_view> words;
    for (const auto& word : schema["enum"]) words.push_back(word.get_ref<const std::string&>());
    const std::string_view nearest = checker::nearest_word(value.get_ref<const std::string&>(), words);
    return nearest.empty() ? "" : fmt::format("; did you mean \"{}\"?", nearest);
  }

  static std::string nearest_field(const Schema& properties, const std::string& key) {
    std::vector<std::string_view> words;
    for (const auto& [name, schema] : properties.items()) words.push_back(name);
    const std::string_view nearest = checker::nearest_word(key, words);
    std::string out = fmt::format("; known are {}", fmt::join(words, ", "));
    if (!nearest.empty()) out += fmt::format("; did you mean \"{}\"?", nearest);
    return out;
  }

  void refuse(const Schema& schema, const std::string& pointer, const std::string& hint = "") {
    std::string typed(positions_.words(pointer));
    if (typed.size() > 60) typed = typed.substr(0, 57) + "...";
    std::ranges::replace(typed, '\n', ' ');
    add(pointer, false,
        fmt::format("{} is {}, expected {}{}", name_of_pointer(pointer), typed, expected(schema), hint));
  }

  void add(const std::string& pointer, bool at_key, std::string what) {
    mistakes_.push_back({pointer, at_key, std::move(what)});
  }

  const JsonPositions& positions_;
  std::vector<Mistake> mistakes_;
};

}  // namespace

std::vector<Mistake> walk_schema(const Schema& schema, const Value& value, const JsonPositions& positions) {
  Walker walker(positions);
  walker.walk(schema, value, "");
  return walker.take();
}

std::string name_of_pointer(const std::string& pointer) {
  if (pointer.empty()) return "the scenario";
  std::string name;
  for (size_t at = 0; at < pointer.size();) {
    const size_t next = std::min(pointer.find('/', at + 1), pointer.size());
    const std::string_view step = std::string_view(pointer).substr(at + 1, next - at - 1);
    if (parse_integer(step))
      name += fmt::format("[{}]", step);
    else
      name += name.empty() ? std::string(step) : fmt::format(".{}", step);
    at = next;
  }
  return name;
}

std::optional<int64_t> parse_duration_ns(std::string_view text) {
  struct Unit {
    std::string_view name;
    int64_t ns;
  };
  static constexpr std::array kUnits = {Unit{"ns", 1},
                                        Unit{"us", 1'000},
                                        Unit{"ms", 1'000'000},
                                        Unit{"s", 1'000'000'000},
                                        Unit{"m", 60'000'000'000},
                                        Unit{"h", 3'600'000'000'000}};
  const size_t digits = text.find_first_not_of("-0123456789");
  if (digits == std::string_view::npos || digits > 10) return std::nullopt;
  const auto number = parse_integer(text.substr(0, digits));
  const auto unit = std::ranges::find(kUnits, text.substr(digits), &Unit::name);
  if (!number || unit == kUnits.end()) return std::nullopt;
  const int64_t most = kDayNs / unit->ns;
  if (*number > most || *number < -most) return std::nullopt;
  return *number * unit->ns;
}

std::optional<uint64_t> parse_percent_ppb(const Value& value) {
  constexpr uint64_t kPercent = 10'000'000;
  if (value.is_number_integer()) return value.get<uint64_t>() * kPercent;
  std::string_view text = value.get_ref<const std::string&>();
  if (!text.ends_with('%')) return std::nullopt;
  text.remove_suffix(1);
  const size_t point = text.find('.');
  const auto whole = parse_integer(text.substr(0, point));
  if (!whole || *whole < 0 || *whole > 100) return std::nullopt;
  uint64_t ppb = static_cast<uint64_t>(*whole) * kPercent;
  if (point != std::string_view::npos) {
    std::string digits(text.substr(point + 1));
    if (digits.empty() || digits.size() > 7 || digits.find_first_not_of("0123456789") != std::string::npos)
      return std::nullopt;
    digits.resize(7, '0');
    ppb += static_cast<uint64_t>(*parse_integer(digits));
  }
  if (ppb > 100 * kPercent) return std::nullopt;
  return ppb;
}

std::optional<int64_t> parse_drift_ppb(std::string_view text) {
  if (text == "random") return 0;
  if (!text.ends_with("ppm") || text.size() > 10) return std::nullopt;
  const auto ppm = parse_integer(text.substr(0, text.size() - 3));
  if (!ppm || *ppm > 100'000 || *ppm < -100'000) return std::nullopt;
  return *ppm * 1000;
}

}  // namespace vivarium::sim
