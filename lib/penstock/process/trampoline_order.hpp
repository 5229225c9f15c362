// What passes between a program and its trampoline.
#pragma once

#include <string>
#include <string_view>

#include "penstock/process/command.hpp"

namespace penstock::process {

inline constexpr char kTrampolineArgument[] = "--penstock-trampoline";
inline constexpr int kTrampolineStatusFd = 3;  // closes by itself when the program starts
inline constexpr int kTrampolineOrderFd = 4;

/// True once main() has called trampoline_main().
bool trampoline_installed() noexcept;

std::string encode_order(const Command& command);
/// Errors: SpawnError (EBADMSG).
Command decode_order(std::string_view text);

/// The failure to start a program, as it is reported through the status pipe.
std::string encode_failure(const SpawnError& failure);
SpawnError decode_failure(std::string_view text);

}  // namespace penstock::process
