#include "penstock/redis/call.hpp"

namespace penstock::redis {
namespace {

template <class Outcome>
Call settled_with(Outcome outcome) {
  auto* pending = new detail::PendingCall;
  Call call(*pending);
  pending->outcome = std::move(outcome);
  pending->release();
  return call;
}

}  // namespace

Call Call::failed(Error error) {
  return settled_with(std::move(error));
}

Call Call::cancelled() {
  return settled_with(async::Cancelled{});
}

Reply Call::Awaiter::await_resume() {
  throw_if_cancelled();
  auto& outcome = call_.pending_->outcome;
  if (const auto* error = std::get_if<Error>(&outcome)) throw Error(*error);
  if (std::holds_alternative<async::Cancelled>(outcome)) throw async::Cancelled{};
  return std::move(std::get<Reply>(outcome));
}

void Call::Awaiter::on_cancel() noexcept {
  call_.pending_->waiter = nullptr;
  const Call dropped = std::move(call_);
  wake_cancelled();
}

}  // namespace penstock::redis
