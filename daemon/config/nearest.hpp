// The known word that a mistyped one was probably meant to be.
#pragma once

#include <cstddef>
#include <span>
#include <string_view>

namespace penstock::config {

/// Damerau-Levenshtein (optimal string alignment): insertions, deletions, replacements and swaps of
/// neighbours.
std::size_t edit_distance(std::string_view a, std::string_view b);

/// The nearest of `known` within two edits, and fewer than the word has letters; empty if none is
/// near.
std::string_view nearest(std::string_view word, std::span<const std::string_view> known);

}  // namespace penstock::config
