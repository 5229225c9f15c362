#include "penstock/log/tags.hpp"

#include <catch2/catch.hpp>
#include <thread>

#include "penstock/async/loop.hpp"
#include "penstock/async/sleep.hpp"
#include "penstock/async/task_group.hpp"
#include "unit/log/rendering.hpp"

using namespace penstock;
using namespace std::chrono_literals;
using async::Task;
using log::Scope;
using log::Tags;
using log::test::tags_here;

namespace {

class Counting final : public log::TagSource {
 public:
  void tags(log::TagVisitor& visitor) const override { visitor.tag("asked", ++asked_); }

 private:
  mutable int asked_ = 0;
};

template <class T>
T run(Task<T> main) {
  async::Loop loop({.virtual_time = true});
  return loop.run(std::move(main));
}

Task<std::string> tags_after(async::Duration duration) {
  co_await async::sleep(duration);
  co_return tags_here();
}

}  // namespace

TEST_CASE("there are no tags without a scope", "[log]") {
  CHECK(tags_here().empty());
}

TEST_CASE("a scope's tags end with it", "[log]") {
  const Tags tags{{"queue", "orders"}};
  {
    const Scope scope(tags);
    CHECK(tags_here() == "queue=orders");
  }
  CHECK(tags_here().empty());
}

TEST_CASE("inner sources add to outer tags and replace them", "[log]") {
  const Tags outer{{"queue", "orders"}, {"step", "fetch"}};
  const Tags inner{{"job", "01J"}, {"step", "run"}};
  const Scope outer_scope(outer);
  {
    const Scope inner_scope(inner);
    CHECK(tags_here() == "queue=orders job=01J step=run");
  }
  CHECK(tags_here() == "queue=orders step=fetch");
}

TEST_CASE("a field replaces a tag", "[log]") {
  const Tags tags{{"queue", "orders"}, {"step", "fetch"}};
  const Scope scope(tags);
  log::Line line = log::test::make_line("");
  line.add_context_tags();
  line.add("step", "run");
  CHECK(log::test::fields_of(line) == "queue=orders step=run");
}

TEST_CASE("a source is asked for each line, and only then", "[log]") {
  const Counting source;
  const Scope scope(source);
  CHECK(tags_here() == "asked=1");
  CHECK(tags_here() == "asked=2");
}

TEST_CASE("tags own what they are set to", "[log]") {
  Tags tags;
  {
    std::string key = "a key too long to be stored in place";
    std::string text = "a text too long to be stored in place";
    tags.set(key, text).set("n", 1);
    key.assign(key.size(), '!');
    text.assign(text.size(), '!');
  }
  tags.set("n", 2);
  const Tags copy = tags;
  const Scope scope(copy);
  CHECK(tags_here() ==
        "a_key_too_long_to_be_stored_in_place=\"a text too long to be stored in place\" n=2");
}

TEST_CASE("the tags in force can be taken to a thread", "[log]") {
  const Tags outer{{"queue", "orders"}, {"step", "fetch"}};
  const Tags inner{{"step", "run"}};
  const Scope outer_scope(outer);
  const Scope inner_scope(inner);
  std::string bare, tagged;
  std::thread([&, tags = Tags::here()] {
    bare = tags_here();
    const Scope scope(tags);
    tagged = tags_here();
  }).join();
  CHECK(bare.empty());
  CHECK(tagged == "queue=orders step=run");
}

TEST_CASE("tags follow a task through its awaits", "[log]") {
  const std::string seen = run([]() -> Task<std::string> {
    const Tags tags{{"job", 1}};
    const Scope scope(tags);
    co_return co_await tags_after(1s) + ", " + tags_here();
  }());
  CHECK(seen == "job=1, job=1");
}

TEST_CASE("tags of interleaved tasks do not mix", "[log]") {
  const auto job = [](int id, std::string& seen) -> Task<> {
    const Tags tags{{"job", id}};
    const Scope scope(tags);
    for (int i = 0; i < 2; ++i) seen += co_await tags_after(1s) + ' ';
  };
  std::string first, second;
  run([&]() -> Task<> {
    co_await async::task_group([&](async::TaskGroup& group) -> Task<> {
      group.spawn(job(1, first));
      group.spawn(job(2, second));
      co_return;
    });
    first += tags_here();
  }());
  CHECK(first == "job=1 job=1 ");
  CHECK(second == "job=2 job=2 ");
}

TEST_CASE("a spawned task inherits tags, and keeps its own to itself", "[log]") {
  const auto child = [](std::string& seen) -> Task<> {
    const Tags step{{"step", "child"}};
    const Scope scope(step);
    seen = co_await tags_after(1s);
  };
  std::string in_child, in_parent;
  run([&]() -> Task<> {
    const Tags tags{{"job", 1}};
    const Scope scope(tags);
    co_await async::task_group([&](async::TaskGroup& group) -> Task<> {
      group.spawn(child(in_child));
      in_parent = co_await tags_after(500ms);
    });
  }());
  CHECK(in_child == "job=1 step=child");
  CHECK(in_parent == "job=1");
}

TEST_CASE("a task that outlives the scope it was spawned under keeps the tags of its end",
          "[log]") {
  std::string seen;
  run([&]() -> Task<> {
    co_await async::task_group([&](async::TaskGroup& group) -> Task<> {
      const auto watch = [](std::string& into) -> Task<> { into = co_await tags_after(1s); };
      Tags outer{{"queue", std::string("orders")}};
      const Scope outer_scope(outer);
      Tags inner{{"job", std::string("01J")}};
      const Scope inner_scope(inner);
      group.spawn(watch(seen));
      inner.set("attempt", 2);
      co_return;
    });
  }());
  CHECK(seen == "queue=orders job=01J attempt=2");
}

TEST_CASE("a scope left by cancellation takes its tags with it", "[log]") {
  std::string seen = "unset";
  run([&]() -> Task<> {
    const auto sleeper = []() -> Task<> {
      const Tags tags{{"job", 1}};
      const Scope scope(tags);
      co_await async::sleep(1h);
    };
    co_await async::task_group([&](async::TaskGroup& group) -> Task<> {
      group.spawn(sleeper());
      co_await async::sleep(1s);
      group.cancel();
    });
    seen = tags_here();
  }());
  CHECK(seen.empty());
}
