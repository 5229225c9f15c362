#include "penstock/async/signals.hpp"

#include <algorithm>
#include <system_error>

namespace penstock::async {

Signals::Signals(std::initializer_list<int> numbers) {
  uv_loop_t* loop = Loop::current().uv();
  for (const int number : numbers) {
    Handle<uv_signal_t> handle([&](uv_signal_t* signal) { return uv_signal_init(loop, signal); });
    const int error = handle ? watch(handle.get(), number) : handle.status();
    if (error != 0)
      throw std::system_error(-error, std::generic_category(), "cannot watch a signal");
    handles_.push_back(std::move(handle));
  }
}

Signals::~Signals() = default;

int Signals::watch(uv_signal_t* handle, int number) noexcept {
  handle->data = this;
  return uv_signal_start(
      handle,
      [](uv_signal_t* signal, int number_arrived) {
        // A closed handle's data is null: its Signals may be gone.
        if (signal->data != nullptr) static_cast<Signals*>(signal->data)->arrived(number_arrived);
      },
      number);
}

void Signals::arrived(int number) {
  if (std::ranges::find(pending_, number) == pending_.end()) pending_.push_back(number);
  arrived_.set();
}

Task<int> Signals::next() {
  while (pending_.empty()) {
    arrived_.clear();
    co_await arrived_.wait();
  }
  const int number = pending_.front();
  pending_.pop_front();
  co_return number;
}

}  // namespace penstock::async
