#include "checker/model.h"

#include <algorithm>
#include <array>
#include <vector>

namespace vivarium::checker {
namespace {

using enum Function;

constexpr std::array<std::string_view, 8> kModels = {"register", "cas-register", "versioned",    "counter",
                                                     "lock",     "set",          "unique-names", "zookeeper"};
constexpr std::array kRegister = {Read, Write};
constexpr std::array kCasRegister = {Read, Write, Cas};
constexpr std::array kCounter = {Read, Add, AddAndGet};
constexpr std::array kLock = {Acquire, Release};
constexpr std::array kSet = {Add, Remove, Contains, Read};
constexpr std::array kUniqueNames = {Create, Delete, Read};
constexpr std::array kZookeeper = {Create, Delete, SetData, GetData, Exists, GetChildren, Sync, Multi, CloseSession};

}  // namespace

std::optional<ModelKind> model_named(std::string_view name) {
  const auto at = std::ranges::find(kModels, name);
  if (at == kModels.end()) return std::nullopt;
  return static_cast<ModelKind>(at - kModels.begin());
}

std::string_view name_of(ModelKind model) { return kModels[static_cast<size_t>(model)]; }

std::span<const std::string_view> model_names() { return kModels; }

std::span<const Function> functions_of(ModelKind model) {
  switch (model) {
    case ModelKind::Register: return kRegister;
    case ModelKind::CasRegister:
    case ModelKind::Versioned: return kCasRegister;
    case ModelKind::Counter: return kCounter;
    case ModelKind::Lock: return kLock;
    case ModelKind::Set: return kSet;
    case ModelKind::UniqueNames: return kUniqueNames;
    case ModelKind::Zookeeper: return kZookeeper;
  }
  return {};
}

std::optional<Function> function_named(ModelKind model, std::string_view word) {
  for (Function f : functions_of(model)) {
    if (word_of(f) == word) return f;
  }
  return std::nullopt;
}

std::string words_of(ModelKind model) {
  std::string words;
  for (Function f : functions_of(model)) {
    if (!words.empty()) words += ", ";
    words += word_of(f);
  }
  return words;
}

std::string_view nearest_word(std::string_view word, std::span<const std::string_view> words) {
  std::string_view nearest;
  size_t nearest_distance = word.size() / 3 + 2;  // further away it is another word, not a slip
  for (std::string_view candidate : words) {
    std::vector<size_t> row(candidate.size() + 1);
    for (size_t i = 0; i < row.size(); ++i) row[i] = i;
    for (size_t j = 1; j <= word.size(); ++j) {
      size_t diagonal = row[0];
      row[0] = j;
      for (size_t i = 1; i <= candidate.size(); ++i) {
        const size_t changed = diagonal + (word[j - 1] == candidate[i - 1] ? 0 : 1);
        diagonal = row[i];
        row[i] = std::min({row[i] + 1, row[i - 1] + 1, changed});
      }
    }
    if (row.back() < nearest_distance) {
      nearest_distance = row.back();
      nearest = candidate;
    }
  }
  return nearest;
}

}  // namespace vivarium::checker
