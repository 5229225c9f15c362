#include <penstock/async/loop.hpp>
#include <penstock/async/sleep.hpp>
#include <penstock/job/ulid.hpp>

namespace {

penstock::async::Task<std::size_t> length_of_an_id() {
  co_await penstock::async::sleep(std::chrono::milliseconds(1));
  co_return penstock::job::UlidGenerator::of_system().next().size();
}

}  // namespace

int main() {
  penstock::async::Loop loop;
  return loop.run(length_of_an_id()) == penstock::job::kUlidLength ? 0 : 1;
}
