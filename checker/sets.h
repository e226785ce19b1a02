#pragma once

#include <span>
#include <vector>

#include "checker/conflict.h"
#include "checker/key_view.h"
#include "checker/model.h"

namespace vivarium::checker {

// Sets and unique names. Without reads of the whole set each element is an object of its own (split_elements).
// With them, and if nothing is ever removed, the reads must form a chain under inclusion; that chain and real time
// decide everything (judge_growing_set, O(n log n)). A set that also shrinks is searched as a whole.

bool reads_whole_set(const KeyView& view);

// The element that an operation is about: the name that was made, or the one that was asked for; null when unknown.
Value element_of(const Operation& op);

// The operations of `view` by element, elements in order of first appearance. Those that are about no known element (a
// create of unknown outcome that would have chosen its own name) are left out.
struct Elements {
  std::vector<uint32_t> members;
  std::vector<size_t> begins;  // where each element's members begin; one more at the end

  size_t size() const { return begins.size() - 1; }
  std::span<const uint32_t> of(size_t element) const {
    return std::span(members).subspan(begins[element], begins[element + 1] - begins[element]);
  }
};
Elements split_elements(const KeyView& view);

FastResult judge_growing_set(const KeyView& view, ModelKind model, const ValueTable& values);

// Effects whose zxids contradict real time, or that share one.
FastResult judge_zxid_order(const KeyView& view);

// The elements of a JSON array, sorted by bits. Texts that the history does not intern are numbered in `unheard`.
std::vector<Value> elements_of(Value array, const ValueTable& values, TextTable& unheard);

}  // namespace vivarium::checker
