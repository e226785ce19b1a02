#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "checker/history.h"

namespace vivarium::checker {

enum class ModelKind : uint8_t { Register, CasRegister, Versioned, Counter, Lock, Set, UniqueNames, Zookeeper };

inline bool is_set(ModelKind model) { return model == ModelKind::Set || model == ModelKind::UniqueNames; }

// The model of this name ("cas-register"), or nothing.
std::optional<ModelKind> model_named(std::string_view name);
std::string_view name_of(ModelKind model);
std::span<const std::string_view> model_names();

// The operations that a model knows, and, for the words of "f" in a history's file, which operation a word means.
std::span<const Function> functions_of(ModelKind model);
std::optional<Function> function_named(ModelKind model, std::string_view word);
std::string words_of(ModelKind model);  // "read, write, cas"

// Of `words`, the one that `word` was most likely meant to be; empty when none is near.
std::string_view nearest_word(std::string_view word, std::span<const std::string_view> words);

}  // namespace vivarium::checker
