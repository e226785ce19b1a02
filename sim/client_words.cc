#include "sim/client_words.h"

#include <fmt/format.h>

namespace vivarium::sim {

namespace {

template <class R>
std::string path_of(const R& request) {
  if constexpr (requires { request.path; }) return request.path;
  return "";
}

std::string words_of_completion(const client::Completion& completion) {
  const std::string zxid = completion.zxid.value > 0 ? fmt::format(" 0x{:x}", completion.zxid.value) : "";
  switch (completion.outcome) {
    case client::Outcome::kOk: return fmt::format("#{} ok{}", completion.token.value, zxid);
    case client::Outcome::kUnknown: return fmt::format("#{} unknown", completion.token.value);
    case client::Outcome::kError: break;
  }
  return fmt::format("#{} {}{}", completion.token.value, wire::error_name(completion.error), zxid);
}

}  // namespace

std::string words_of(const client::Request& request) {
  if (const auto* multi = std::get_if<client::Multi>(&request)) {
    std::string out;
    for (const client::MultiOp& op : multi->ops)
      out += (out.empty() ? "" : ", ") + std::visit([](const auto& part) { return path_of(part); }, op);
    return out;
  }
  return std::visit([](const auto& one) { return path_of(one); }, request);
}

std::string words_of(std::span<const client::ClientEvent> events) {
  std::string out;
  for (const client::ClientEvent& event : events) {
    std::string words;
    if (const auto* completion = std::get_if<client::Completion>(&event))
      words = words_of_completion(*completion);
    else if (const auto* watch = std::get_if<client::WatchEvent>(&event))
      words = "watch " + watch->path;
    else
      continue;
    out += (out.empty() ? "" : ", ") + words;
  }
  return out;
}

}  // namespace vivarium::sim
