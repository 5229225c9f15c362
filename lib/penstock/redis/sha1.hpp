// SHA-1 (FIPS 180-4), which Redis names cached scripts by. Not for anything that needs security.
#pragma once

#include <string>
#include <string_view>

namespace penstock::redis {

/// 40 lower-case hexadecimal digits.
std::string sha1_hex(std::string_view bytes);

}  // namespace penstock::redis
