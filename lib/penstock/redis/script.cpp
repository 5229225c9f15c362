#include "penstock/redis/script.hpp"

#include "penstock/redis/sha1.hpp"

namespace penstock::redis {

Script::Script(std::string_view name, std::string_view body)
    : name_(name), body_(body), sha1_(sha1_hex(body)) {}

}  // namespace penstock::redis
