// Bodies that are made while they are sent.
#include "http_run.hpp"
#include "penstock/async/timeout.hpp"

namespace penstock::test {
namespace {

using namespace penstock::async;
using namespace penstock::http;
using Catch::Contains;
using Catch::EndsWith;

using Piece = std::optional<std::string>;

/// Gives these pieces, with a turn before each.
Upload of_pieces(std::vector<std::string> pieces, std::optional<std::uint64_t> length = {}) {
  auto next = [pieces = std::move(pieces), at = std::size_t{0}]() mutable -> Task<Piece> {
    co_await yield_now();
    if (at == pieces.size()) co_return std::nullopt;
    co_return pieces[at++];
  };
  return {.next = std::move(next), .length = length};
}

/// Gives the same piece for ever.
Upload endless(std::size_t& made) {
  auto next = [&made]() -> Task<Piece> {
    made += 100'000;
    co_return std::string(100'000, 'x');
  };
  return {.next = next};
}

/// Answers an upload in chunks when its end has come.
Task<> echo_chunked(Peer& peer) {
  std::string request;
  while (!request.ends_with("0\r\n\r\n")) request += co_await peer.bytes();
  peer.send(answer("200 OK", request));
  co_await peer.hung_up();
}

TEST_CASE("an upload of unknown length is sent in chunks") {
  with_server(echo_chunked, [](WireServer& server) -> Task<> {
    Session session;
    const Response response = co_await session.post(server.url(), of_pieces({"Wiki", "", "pedia"}));
    CHECK_THAT(response.body, Contains("POST / HTTP/1.1\r\n"));
    CHECK_THAT(response.body, Contains("Transfer-Encoding: chunked\r\n"));
    CHECK_THAT(response.body, EndsWith("\r\n\r\n4\r\nWiki\r\n5\r\npedia\r\n0\r\n\r\n"));
  });
}

TEST_CASE("an upload of known length is sent as it is") {
  const std::string method = GENERATE("POST", "PUT");
  with_server(echo, [&](WireServer& server) -> Task<> {
    Session session;
    const Response response = co_await session.request(
        {.method = method, .url = server.url(), .body = of_pieces({"Wiki", "pedia"}, 9)});
    CHECK_THAT(response.body, Contains("Content-Length: 9\r\n") && !Contains("chunked"));
    CHECK_THAT(response.body, EndsWith("\r\n\r\nWikipedia"));
  });
}

TEST_CASE("an empty upload is a body, too") {
  with_server(echo_chunked, [](WireServer& server) -> Task<> {
    Session session;
    const Response response = co_await session.post(server.url(), of_pieces({}));
    CHECK_THAT(response.body, EndsWith("\r\n\r\n0\r\n\r\n"));
  });
}

TEST_CASE("an upload that is not as long as announced is refused, and broken off") {
  const std::uint64_t length = GENERATE(8U, 10U);
  Event hung_up;
  auto script = [&](Peer& peer) -> Task<> {
    co_await peer.hung_up();
    hung_up.set();
  };
  with_server(script, [&](WireServer& server) -> Task<> {
    Session session;
    const auto error = co_await error_of<InvalidRequest>(
        session.post(server.url(), of_pieces({"Wiki", "pedia"}, length)));
    CHECK_THAT(error.what(),
               EndsWith(length == 8 ? "longer than announced" : "shorter than announced"));
    co_await hung_up.wait();
  });
}

TEST_CASE("what an upload throws is what its request throws") {
  Event hung_up;
  auto script = [&](Peer& peer) -> Task<> {
    co_await peer.hung_up();
    hung_up.set();
  };
  with_server(script, [&](WireServer& server) -> Task<> {
    Session session;
    auto fails = [calls = 0]() mutable -> Task<Piece> {
      co_await yield_now();
      if (++calls == 3) throw std::logic_error("boom");
      co_return "piece";
    };
    std::string what;
    try {
      co_await session.post(server.url(), Upload{.next = fails});
    } catch (const std::logic_error& error) {
      what = error.what();
    }
    CHECK(what == "boom");
    co_await hung_up.wait();
  });
}

TEST_CASE("an upload is not asked for more than the server takes") {
  std::size_t made = 0;
  Event read_on;
  std::size_t received = 0;
  auto script = [&](Peer& peer) -> Task<> {
    co_await peer.bytes();
    peer.stop_reading();
    co_await read_on.wait();
    while (received < 100'000'000) received += (co_await peer.bytes()).size();
  };
  with_server(script, [&](WireServer& server) -> Task<> {
    co_await task_group([&](TaskGroup& group) -> Task<> {
      Session session;
      auto upload = group.spawn(swallow(session.post(server.url(), endless(made))));
      std::size_t before = 0;
      for (int still = 0; still < 1000; ++still) {
        co_await sleep(Duration::zero());
        if (std::exchange(before, made) != made) still = 0;
      }
      CHECK(made > 0);
      CHECK(made < 50'000'000);
      read_on.set();
      co_await upload.join();
      CHECK(received >= 100'000'000);
      CHECK(made < received + 50'000'000);
    });
  });
}

TEST_CASE("a server that answers before the upload's end is heard, and the upload cancelled") {
  Ended ended = Ended::kNot;
  auto script = [](Peer& peer) -> Task<> {
    co_await peer.bytes();
    peer.send(answer("413 Too Large", "too large"));
    co_await peer.hung_up();
  };
  with_server(script, [&](WireServer& server) -> Task<> {
    Session session;
    auto waits = [&, calls = 0]() mutable -> Task<Piece> {
      if (++calls > 1) co_await observe(forever(), ended);
      co_return "piece";
    };
    const Response response = co_await session.post(server.url(), Upload{.next = waits});
    CHECK(response.status == 413);
    CHECK(response.body == "too large");
    CHECK(ended == Ended::kCancelled);
  });
}

TEST_CASE("an answer that came before the upload's end is delivered, even if cancelled meanwhile") {
  Event lingers, release;
  auto script = [](Peer& peer) -> Task<> {
    co_await peer.bytes();
    peer.send(answer("413 Too Large"));
    co_await peer.hung_up();
  };
  with_server(script, [&](WireServer& server) -> Task<> {
    Session session;
    auto slow_to_stop = [&, calls = 0]() mutable -> Task<Piece> {
      if (++calls == 1) co_return "piece";
      co_await swallow(forever());
      lingers.set();
      co_await shield(release.wait());
      co_await yield_now();
      co_return std::nullopt;
    };
    co_await task_group([&](TaskGroup& group) -> Task<> {
      Ended ended = Ended::kNot;
      auto request =
          group.spawn(observe(session.post(server.url(), Upload{.next = slow_to_stop}), ended));
      co_await lingers.wait();
      request.cancel();
      release.set();
      co_await request.join();
      CHECK(ended == Ended::kValue);
    });
  });
}

TEST_CASE("an upload that is cancelled cancels what makes it, and is broken off") {
  Ended ended = Ended::kNot;
  Event arrived, hung_up;
  auto script = [&](Peer& peer) -> Task<> {
    co_await peer.bytes();
    arrived.set();
    co_await peer.hung_up();
    hung_up.set();
  };
  with_server(script, [&](WireServer& server) -> Task<> {
    Session session;
    auto waits = [&]() -> Task<Piece> {
      co_await observe(forever(), ended);
      co_return std::nullopt;
    };
    co_await task_group([&](TaskGroup& group) -> Task<> {
      group.spawn(swallow(session.post(server.url(), Upload{.next = waits})));
      co_await arrived.wait();
      group.cancel();
    });
    CHECK(ended == Ended::kCancelled);
    co_await hung_up.wait();
  });
}

TEST_CASE("an upload that met a dead connection is not made again") {
  std::size_t heard = 0;
  auto script = [&](Peer& peer) -> Task<> {
    if (!(co_await peer.request()).empty()) ++heard;
    peer.send(answer("200 OK", "hello"));
    if (!(co_await peer.bytes()).empty()) ++heard;
  };
  with_server(script, [&](WireServer& server) -> Task<> {
    Session session;
    co_await session.get(server.url());
    co_await error_of<ProtocolError>(session.request(
        {.method = "PUT", .url = server.url(), .body = of_pieces({"once", "more"})}));
    CHECK(heard == 2);
  });
}

TEST_CASE("a stream may be sent and received at once") {
  Event second;
  auto script = [](Peer& peer) -> Task<> {
    co_await peer.bytes();
    peer.send("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n4\r\nfrom\r\n");
    std::string rest;
    while (!rest.ends_with("0\r\n\r\n")) rest += co_await peer.bytes();
    peer.send("4\r\nhere\r\n0\r\n\r\n");
    co_await peer.hung_up();
  };
  with_server(script, [&](WireServer& server) -> Task<> {
    Session session;
    auto next = [&, calls = 0]() mutable -> Task<Piece> {
      if (++calls == 1) co_return "first";
      co_await second.wait();
      co_return calls == 2 ? Piece("second") : Piece();
    };
    Request request{.method = "POST", .url = server.url(), .body = Upload{.next = next}};
    co_await session.stream(std::move(request), [&](ResponseStream& stream) -> Task<> {
      CHECK(co_await stream.read() == "from");
      second.set();
      CHECK(co_await stream.read() == "here");
      CHECK(co_await stream.read() == std::nullopt);
    });
  });
}

}  // namespace
}  // namespace penstock::test
