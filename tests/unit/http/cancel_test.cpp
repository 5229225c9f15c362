// Requests that are cancelled, at every point: what was under way is broken off, and nothing else
// is touched.
#include "http_run.hpp"
#include "support/async_death.hpp"

namespace penstock::test {
namespace {

using namespace penstock::async;
using namespace penstock::http;

/// Cancels a task when its result has come and it was not resumed yet: libuv calls this after it
/// has told of what came, and before the next turn.
class CancelWhenReady {
 public:
  explicit CancelWhenReady(JoinHandle<void>& task)
      : task_(task),
        check_([](uv_check_t* check) { return uv_check_init(Loop::current().uv(), check); }) {
    check_->data = this;
    uv_check_start(check_.get(), [](uv_check_t* check) {
      auto* self = static_cast<CancelWhenReady*>(check->data);
      if (Loop::current().dump_tasks().contains("request: ready")) self->cancel();
    });
  }
  bool cancelled() const { return cancelled_; }

 private:
  void cancel() {
    cancelled_ = true;
    uv_check_stop(check_.get());
    task_.cancel();
  }
  JoinHandle<void>& task_;
  Handle<uv_check_t> check_;
  bool cancelled_ = false;
};

TEST_CASE("a request that is cancelled before it starts reaches nobody") {
  with_server(echo, [](WireServer& server) -> Task<> {
    Session session;
    Ended ended = Ended::kNot;
    {
      CancelScope scope;
      scope.cancel();
      co_await swallow(observe(session.get(server.url()), ended));
    }
    CHECK(ended == Ended::kCancelled);
    co_await session.get(server.url());
    CHECK(server.connections() == 1);
  });
}

TEST_CASE(
    "a request that is cancelled under way is broken off, and its connection not used again") {
  const std::string so_far = GENERATE("", "HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nabc");
  Event asked, hung_up;
  auto script = [&](Peer& peer) -> Task<> {
    co_await peer.request();
    if (peer.number() > 1) co_return peer.send(answer("200 OK", "hello"));
    peer.send(so_far);
    asked.set();
    co_await peer.hung_up();
    hung_up.set();
  };
  with_server(script, [&](WireServer& server) -> Task<> {
    Session session;
    co_await task_group([&](TaskGroup& group) -> Task<> {
      Ended ended = Ended::kNot;
      auto request = group.spawn(observe(session.get(server.url()), ended));
      co_await asked.wait();
      request.cancel();
      co_await swallow(request.join());
      CHECK(ended == Ended::kCancelled);
      co_await hung_up.wait();
      const Response response = co_await session.get(server.url());
      CHECK(response.body == "hello");
      CHECK(server.connections() == 2);
    });
  });
}

TEST_CASE(
    "a response that has come is delivered, even if its request is cancelled before it is taken") {
  with_server(always(answer("200 OK", "hello")), [](WireServer& server) -> Task<> {
    Session session;
    co_await task_group([&](TaskGroup& group) -> Task<> {
      Ended ended = Ended::kNot;
      auto request = group.spawn(observe(session.get(server.url()), ended), "request");
      co_await yield_now();
      co_await yield_now();
      const CancelWhenReady canceller(request);
      co_await request.join();
      CHECK(canceller.cancelled());
      CHECK(ended == Ended::kValue);
      co_await session.get(server.url());
      CHECK(server.connections() == 1);
    });
  });
}

TEST_CASE(
    "cancelled at any turn, a request gives its response or throws, and the next one succeeds") {
  with_server(always(answer("200 OK", std::string(100'000, 'x'))),
              [](WireServer& server) -> Task<> {
                for (int turns = 0; turns < 60; ++turns) {
                  Session session({.limit_per_host = 1});
                  co_await task_group([&](TaskGroup& group) -> Task<> {
                    Ended ended = Ended::kNot;
                    auto request = group.spawn(observe(session.get(server.url()), ended));
                    for (int i = 0; i < turns; ++i) co_await sleep(Duration::zero());
                    request.cancel();
                    co_await swallow(request.join());
                    CHECK((ended == Ended::kCancelled || ended == Ended::kValue || turns == 0));
                    const Response response = co_await session.get(server.url());
                    CHECK(response.body.size() == 100'000);
                  });
                }
              });
}

TEST_CASE("a request that waits for its place and is cancelled leaves the place to others") {
  Event asked;
  auto script = [&](Peer& peer) -> Task<> {
    while (!(co_await peer.request()).empty()) {
      asked.set();
      if (peer.number() > 1) peer.send(answer("200 OK", "hello"));
    }
  };
  with_server(script, [&](WireServer& server) -> Task<> {
    Session session({.limit_per_host = 1});
    co_await task_group([&](TaskGroup& group) -> Task<> {
      auto under_way = group.spawn(swallow(session.get(server.url())));
      co_await asked.wait();
      auto waiting = group.spawn(swallow(session.get(server.url())));
      co_await yield_now();
      co_await yield_now();
      waiting.cancel();
      under_way.cancel();
      const Response response = co_await session.get(server.url());
      CHECK(response.body == "hello");
      CHECK(server.connections() == 2);
    });
  });
}

TEST_CASE("a session that dies with a request under way dies loudly") {
  CHECK(dies_loudly([] {
    with_server(always(""), [](WireServer& server) -> Task<> {
      co_await task_group([&](TaskGroup& group) -> Task<> {
        std::optional<Session> session(std::in_place);
        group.spawn(swallow(session->get(server.url())));
        co_await yield_now();
        co_await yield_now();
        session.reset();
      });
    });
  }));
}

}  // namespace
}  // namespace penstock::test
